import { createApp } from '../../apps/api/src/app.ts'
import { loadSettings } from '@cae/runtime'

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> }
  readonly handle: { readonly stack?: readonly Layer[] }
  /** It is mounted at the root. */
  readonly slash: boolean
  match(path: string): boolean
}

const DASHBOARD = '/admin/queues'
const MOUNTS = ['/extraction', '/schedules']

/** `GET /extraction/jobs/{}` and so on: every route that the API has; a parameter is `{}`. */
export function apiRoutes(): string[] {
  const settings = loadSettings({})
  // Routes are made without asking anything of these.
  const app = createApp({ settings, queues: [] } as never, () => false)
  return (app.router as unknown as { stack: Layer[] }).stack.flatMap((layer) => {
    // An application of its own, with many routes for its page.
    if (!layer.slash && layer.match(DASHBOARD)) return [`GET ${DASHBOARD}`]
    if (!layer.handle.stack) return []
    const mount = layer.slash ? '' : MOUNTS.find((path) => layer.match(path))
    if (mount === undefined) throw new Error('a router is mounted where this test does not look')
    return layer.handle.stack.flatMap(({ route }) => (route ? namesOf(route, mount) : []))
  })
}

function namesOf({ path, methods }: NonNullable<Layer['route']>, mount: string): string[] {
  return Object.keys(methods).flatMap((method) =>
    [path].flat().map((one) => `${method.toUpperCase()} ${normalRoute(mount + one)}`),
  )
}

/** Without a query, with `{}` for each parameter and no slash at the end. */
export function normalRoute(path: string): string {
  return path
    .replace(/\?.*/, '')
    .replace(/\/(:\w+|\{\w+\})/g, '/{}')
    .replace(/(?<=.)\/$/, '')
}
