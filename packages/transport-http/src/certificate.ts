import { ExtractionError } from '@cae/core'

const UNTRUSTED =
  'is of no authority that this machine trusts; name the PEM file of its authority in NODE_EXTRA_CA_CERTS, in the environment that the workers are started with'
const CHAIN = `${UNTRUSTED}, or let the receiver send its intermediate certificates as well`

/** Codes of Node's for certificates that it does not take, and what to do about them. Trying again mends none of them. */
const PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: CHAIN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CHAIN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CHAIN,
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host; write the host in endpoint_url as the certificate has it',
  CERT_HAS_EXPIRED: "has expired; renew it, or mend this machine's clock",
  CERT_NOT_YET_VALID: "is not valid yet; mend this machine's clock",
}

/** Of a receiver whose certificate was not taken, so that it got nothing; undefined where an error is not about that. */
export function certificateError(host: string, cause: NodeJS.ErrnoException): ExtractionError | undefined {
  const { code = '' } = cause
  const problem = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined
  if (problem === undefined) return undefined
  const message = `the certificate of ${host} ${problem} (${code})`
  return new ExtractionError('DELIVERY_REJECTED', message, { cause, nativeCode: code })
}
