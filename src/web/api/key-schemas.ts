import { z } from 'zod'
import { permissions } from '../../identity/roles.ts'
import { keyLimitMax } from '../../limits/people.ts'
import { textOf } from './schemas.ts'

const name = textOf(100).min(1).describe('What its owners call it')
const limit = z.number().int().min(1).max(keyLimitMax)
const kind = z.enum(['live', 'test']).describe('live spends stamps; test makes specimens that cost nothing')

export const keyBody = z
  .object({
    name,
    kind,
    scopes: z
      .array(z.enum(permissions))
      .min(1)
      .max(permissions.length)
      .optional()
      .describe('What it may do; left out: everything its maker may'),
    expiresAt: z.iso.datetime().optional().describe('From then on it is unknown; left out: never'),
    dailyLimit: limit.optional().describe('Stamps a day (Jakarta)'),
    openLimit: limit.optional().describe('Reservations open at once'),
    authorization: z
      .string()
      .max(100)
      .optional()
      .describe('For a live key, where a session calls: of POST /v1/pin-confirmations'),
  })
  .strict()

export const keyChangeBody = z
  .object({
    name: name.optional(),
    dailyLimit: limit.nullable().optional().describe('null: none'),
    openLimit: limit.nullable().optional().describe('null: none'),
  })
  .strict()

export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind,
  prefix: z.string().describe('How the key begins'),
  lastFour: z.string().optional().describe('How it ends'),
  scopes: z.array(z.enum(permissions)).optional().describe('Left out: everything'),
  dailyLimit: z.number().int().optional(),
  openLimit: z.number().int().optional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  lastUsedOn: z.iso.date().optional().describe('The day in Jakarta'),
})

export const keyWithSecret = keySchema.extend({ key: z.string().describe('Shown here only') })

export const keyList = z.object({ items: z.array(keySchema) })
