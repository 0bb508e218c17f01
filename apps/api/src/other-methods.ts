import type { Request, RequestHandler, Router } from 'express'
import { Problem } from './problem.ts'

/** Of a router's own list, which Express keeps and does not describe. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> }
  match(path: string): unknown
}

/** The router, and after it: a path that it knows, by a method that none of its routes takes, is a 405 that names those. */
export function refuseOtherMethods(router: Router): RequestHandler[] {
  const refuse: RequestHandler = (request, response, next) => {
    const methods = methodsOf(router, request)
    // Express answers OPTIONS by itself.
    if (methods.length === 0 || request.method === 'OPTIONS') return next()
    response.set('Allow', methods.join(', '))
    throw new Problem(405, `${request.baseUrl}${request.path} takes ${methods.join(', ')}, not ${request.method}`)
  }
  // Not in the router: one that came to its end goes on only with the next turn of the event loop.
  return [router, refuse]
}

function methodsOf(router: Router, { path }: Request): string[] {
  const layers = router.stack as unknown as readonly Layer[]
  const found = layers.flatMap((layer) => (layer.route && layer.match(path) ? Object.keys(layer.route.methods) : []))
  const methods = new Set(found.map((method) => method.toUpperCase()))
  return [...methods, ...(methods.has('GET') ? ['HEAD'] : [])].toSorted()
}
