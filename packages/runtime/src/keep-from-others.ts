/**
 * What this process and those that it starts write from now on is nothing for the other users of the machine: artifacts hold
 * what is known of whole clouds. Whether the group may read it, the umask says as before.
 */
export function keepFromOthers(): void {
  process.umask(process.umask() | 0o007)
}
