import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'

// Everything comes from this service, and nothing is written into a page as script or style. Pictures may also be what the
// person's own browser drew (blob:, data:): a page of their document, a stamp.
const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'blob:', 'data:'],
  connectSrc: ["'self'"],
  workerSrc: ["'self'"],
  fontSrc: ["'self'"],
  manifestSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
}

/** The security headers of every answer, asked of helmet once: they are the same for all. */
export function securityHeaders(service: { https: boolean }): Readonly<Record<string, string>> {
  return headersOf({
    contentSecurityPolicy: { useDefaults: false, directives },
    // Others learn nothing of where people come from. Our own forms still say which site sent them: without that a browser says "null".
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: service.https,
  })
}

/**
 * The policy of the affixing page, and of the script that reads a PDF for it: pictures in scans (JBIG2, JPEG 2000) are decoded by
 * WebAssembly, which needs a word of its own. Nothing else may.
 */
export const renderingPolicy: string =
  headersOf({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...directives, scriptSrc: ["'self'", "'wasm-unsafe-eval'"] },
    },
  })['content-security-policy'] ?? ''

function headersOf(options: Parameters<typeof helmet>[0]): Readonly<Record<string, string>> {
  const write = helmet(options)
  const request = new IncomingMessage(new Socket())
  const answer = new ServerResponse(request)
  write(request, answer, (problem) => {
    if (problem !== undefined) throw new Error('the security headers are not well formed', { cause: problem })
  })
  return Object.fromEntries(Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]))
}
