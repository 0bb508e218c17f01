import type { RequestHandler } from 'express'

/** What a browser may do with an answer: nothing but show it, by itself and as what it says it is. */
export const protectBrowsers: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  })
  next()
}
