import type { CatalogueProvider } from './name-of.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/**
 * The names that each cloud's inventory gives as a resource's region, in lower case. Clouds open new ones: a region that
 * the settings name is taken too.
 */
export const REGIONS: Readonly<Record<CatalogueProvider, readonly string[]>> = {
  // AWS General Reference, "Regions and Zones", with the GovCloud and China partitions.
  aws: words(`
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
    ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
    cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
    eusc-de-east-1 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1
    us-gov-west-1 us-west-1 us-west-2
  `),
  // Azure's "List of regions" with US Government and China, and the geographies that some resources have instead.
  azure: words(`
    asia asiapacific australia australiacentral australiacentral2 australiaeast australiasoutheast austriaeast
    belgiumcentral brazil brazilsouth brazilsoutheast brazilus canada canadacentral canadaeast centralindia centralus
    centraluseuap chilecentral chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3 denmarkeast eastasia
    eastus eastus2 eastus2euap eastusstg europe france francecentral francesouth germany germanynorth germanywestcentral
    india indonesiacentral israel israelcentral italy italynorth japan japaneast japanwest jioindiacentral jioindiawest
    korea koreacentral koreasouth malaysiasouth malaysiawest mexicocentral newzealand newzealandnorth northcentralus
    northeurope norway norwayeast norwaywest poland polandcentral qatar qatarcentral singapore southafrica
    southafricanorth southafricawest southcentralus southcentralusstg southeastasia southindia spaincentral sweden
    swedencentral swedensouth switzerland switzerlandnorth switzerlandwest taiwan taiwannorth taiwannorthwest uae
    uaecentral uaenorth uk uksouth ukwest unitedstates usdodcentral usdodeast usgovarizona usgoviowa usgovtexas
    usgovvirginia westcentralus westeurope westindia westus westus2 westus3
  `),
  // Compute Engine's "Regions and zones", and the multi-regions and dual-regions of Cloud Storage, BigQuery and KMS.
  gcp: words(`
    africa-south1 asia asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
    asia-southeast1 asia-southeast2 asia-southeast3 asia1 australia-southeast1 australia-southeast2 ca eu eur3 eur4 eur5
    eur6 eur7 eur8 europe europe-central2 europe-north1 europe-north2 europe-southwest1 europe-west1 europe-west10
    europe-west12 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 in me-central1
    me-central2 me-west1 nam10 nam11 nam12 nam13 nam14 nam15 nam16 nam3 nam4 nam5 nam6 nam7 nam8 nam9
    northamerica-northeast1 northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us
    us-central1 us-east1 us-east4 us-east5 us-east7 us-south1 us-west1 us-west2 us-west3 us-west4
  `),
}

/** As the inventories write it: `West Europe` and `westeurope` are one. */
export function regionName(given: string): string {
  return given.toLowerCase().replace(/\s+/g, '')
}
