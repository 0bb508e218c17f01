// Names in which the letter case does not show where the words are.
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/FSx/g, 'Fsx'],
  [/GraphQL/g, 'Graphql'],
  [/IoT/g, 'Iot'],
  [/IPv([46])/g, 'Ipv$1'],
  [/OAuth/g, 'Oauth'],
  [/MySQL/g, 'Mysql'],
  [/PostgreSQL/g, 'Postgresql'],
  [/NoSQL/g, 'Nosql'],
  [/URLs/g, 'Urls'],
  [/VMs/g, 'Vms'],
  [/CIDRs/g, 'Cidrs'],
]

/** `NetworkInterface`, `VPCEndpoint`, `servers/databases` → `network-interface`, `vpc-endpoint`, `servers-databases`. */
export function kebab(name: string): string {
  const plain = WORDS.reduce((text, [pattern, word]) => text.replace(pattern, word), name)
  return plain
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z0-9])([A-Z][a-z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
}
