import { ConfigServiceClient } from '@aws-sdk/client-config-service'
import { STSClient } from '@aws-sdk/client-sts'
import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { AssetServiceClient } from '@google-cloud/asset'
import { credentials } from '@grpc/grpc-js'
import type { Simulator } from '../src/index.ts'

const KEYS = { accessKeyId: 'AKIASIMULATOR0000000', secretAccessKey: 'secret' }

interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The SDKs as users have them, pointed at the simulator. */
export function configClient({ awsEndpoint }: Simulator, region = 'us-east-1', keys: AwsCredentials = KEYS) {
  return new ConfigServiceClient({ endpoint: awsEndpoint, region, credentials: keys, maxAttempts: 1 })
}

export function stsClient({ awsEndpoint }: Simulator) {
  return new STSClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 })
}

export function graphClient({ azureEndpoint }: Simulator, token: string | null = 'test-principal') {
  const credential = { getToken: async () => ({ token: token ?? '', expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const client = new ResourceGraphClient(credential, {
    endpoint: azureEndpoint,
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  })
  // The SDK's own policy refuses bearer tokens over http.
  client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
  client.pipeline.addPolicy({
    name: 'testToken',
    sendRequest(request, next) {
      if (token !== null) request.headers.set('Authorization', `Bearer ${token}`)
      return next(request)
    },
  })
  return client
}

export function assetClient({ gcpEndpoint }: Simulator) {
  const [host, port] = gcpEndpoint.split(':')
  // Without an auth client the SDK asks the metadata server of a cloud that is not there.
  const authClient = { getRequestHeaders: async () => new Headers(), getUniverseDomain: async () => 'googleapis.com' }
  return new AssetServiceClient({
    apiEndpoint: host!,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    projectId: 'test',
    authClient: authClient as unknown as NonNullable<
      ConstructorParameters<typeof AssetServiceClient>[0]
    >['authClient'] extends infer T
      ? NonNullable<T>
      : never,
  })
}
