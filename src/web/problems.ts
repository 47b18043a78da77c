import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { Overloaded } from '../base/batching.ts'
import { text, type Language } from '../base/text.ts'
import { sqlState } from '../database/database.ts'
import { errorList, RefusedError, type ErrorCode, type Refusal } from '../errors.ts'

/** The language a caller asks for with Accept-Language; Indonesian where English does not come first. */
export function languageOf(request: FastifyRequest): Language {
  const wanted = request.headers['accept-language'] ?? ''
  const first = wanted.split(',')[0]?.trim().toLowerCase() ?? ''
  return first.startsWith('en') ? 'en' : 'id'
}

/** Sends a refusal as application/problem+json (RFC 9457), with its values beside the sentence that names them. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, mayRetry } = errorList[refusal.code]
  const seconds = refusal.values?.['seconds']
  if (mayRetry && status !== 402) void reply.header('retry-after', typeof seconds === 'number' ? seconds : 1)
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="OpenMeterai"')
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer((body: unknown) => JSON.stringify(body))
    .send({
      ...refusal.values,
      type: `urn:openmeterai:error:${refusal.code}`,
      title: refusal.code.replaceAll('_', ' '),
      status,
      code: refusal.code,
      detail: text(languageOf(request), `errors.${refusal.code}`, refusal.values),
      requestId: request.id,
    })
}

/** What an error of the framework, of a schema or of a use case means to the caller. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal
  if (error instanceof Overloaded) return { code: 'overloaded', values: { seconds: 1 } }
  if (hasZodFastifySchemaValidationErrors(error)) return refusalOfIssues(error.validation.map(issueOf))
  // 55P03: the lock of this account was not had in time; another call of its own is running.
  if (sqlState(error) === '55P03') return { code: 'in_progress', values: { seconds: 1 } }
  const code = frameworkCodes[String(errorCode(error))]
  if (code !== undefined) return { code, values: { detail: error instanceof Error ? error.message : '' } }
  const status = isFastifyError(error) ? error.statusCode : undefined
  if (status === 404) return { code: 'not_found', values: { id: '' } }
  if (status !== undefined && status >= 400 && status < 500) {
    return { code: 'request_malformed', values: { detail: error instanceof Error ? error.message : '' } }
  }
  return { code: 'internal' }
}

const frameworkCodes: Partial<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_REQ_FILE_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** One broken rule of a request, whichever schema found it. */
export type Issue = { path: string; message: string; refusal: ErrorCode | undefined }

/** The refusal that a failed schema means: the rule's own code where it names one. */
export function refusalOfIssues(issues: readonly Issue[]): Refusal {
  const issue = issues.find(({ refusal }) => refusal !== undefined) ?? issues[0]
  const path = issue?.path ?? ''
  const detail = path === '' ? (issue?.message ?? '') : `${path}: ${issue?.message ?? ''}`
  return { code: issue?.refusal ?? 'request_malformed', values: { field: path, detail } }
}

function issueOf(problem: { instancePath: string; message?: string | undefined; params: unknown }): Issue {
  const path = problem.instancePath.slice(1).replaceAll('/', '.')
  return { path, message: problem.message ?? '', refusal: refusalParam(problem.params) ?? refusalByField(path) }
}

/** Fields whose only rule is a list: breaking it has a code of its own. */
export function refusalByField(path: string): ErrorCode | undefined {
  return path.endsWith('documentType') ? 'document_type_unknown' : undefined
}

/** The code that a rule made with `refusedAs` carries. */
export function refusalParam(issue: unknown): ErrorCode | undefined {
  if (typeof issue !== 'object' || issue === null || !('params' in issue)) return undefined
  const { params } = issue
  if (typeof params !== 'object' || params === null || !('refusal' in params)) return undefined
  const named = params.refusal
  return typeof named === 'string' && isErrorCode(named) ? named : undefined
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(errorList, name)
}
