import type { Request, RequestHandler, Response } from 'express'

/** What the routes say of a request, for its line in the log. */
export interface Notes {
  readonly job?: string
  readonly schedule?: string
  /** Of the API key that let it through. */
  readonly keyFingerprint?: string
  /** Where the router that takes it is mounted. */
  readonly mount?: string
}

export function note({ locals }: Response, notes: Notes): void {
  Object.assign(locals, notes)
}

/** Goes before a router that is not mounted at the root, since Express has forgotten that when the answer is out. */
export const noteMount: RequestHandler = ({ baseUrl }, response, next) => {
  note(response, { mount: baseUrl })
  next()
}

/** The pattern of the route that took the request, such as `/extraction/jobs/:id`; undefined where none has. */
export function routeOf({ route }: Request, { locals }: Response): string | undefined {
  const { path } = (route ?? {}) as { readonly path?: unknown }
  if (path === undefined) return undefined
  const { mount = '' } = locals as Notes
  // The queues' page has lists of patterns.
  return typeof path === 'string' ? `${mount}${path}` : mount
}
