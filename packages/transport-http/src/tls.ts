import { ExtractionError } from '@cae/core'

const UNTRUSTED =
  'is of no authority that this machine trusts; name the PEM file of its authority in NODE_EXTRA_CA_CERTS, in the environment that the workers are started with'
const CHAIN = `${UNTRUSTED}, or let the receiver send its intermediate certificates as well`

/** Codes of Node's for certificates that it does not take, and what to do about them. Trying again mends none of them. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: CHAIN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CHAIN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CHAIN,
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host; write the host in endpoint_url as the certificate has it',
  CERT_HAS_EXPIRED: "has expired; renew it, or mend this machine's clock",
  CERT_NOT_YET_VALID: "is not valid yet; mend this machine's clock",
}

/** How OpenSSL says that what came back was no TLS: the beginning of `HTTP/1.1 400`, read as a version and a length. */
const NO_TLS = /wrong version number|packet length too long/

/** Of a receiver that no secure connection was made to, so that it got nothing, nor will; undefined for other errors. */
export function tlsError(host: string, cause: NodeJS.ErrnoException): ExtractionError | undefined {
  const { code = '' } = cause
  const problem = problemOf(cause)
  if (problem === undefined) return undefined
  return new ExtractionError('DELIVERY_REJECTED', `${problem(host)} (${code})`, { cause, nativeCode: code })
}

function problemOf({ code = '', message }: NodeJS.ErrnoException): ((host: string) => string) | undefined {
  if (Object.hasOwn(CERTIFICATE_PROBLEMS, code))
    return (host) => `the certificate of ${host} ${CERTIFICATE_PROBLEMS[code]}`
  if (!NO_TLS.test(message)) return undefined
  return (host) => `${host} does not speak https there; begin endpoint_url with http:, or name the port that does`
}
