import type { FastifyInstance } from 'fastify'
import type { PublicStamp } from '../../verification/registry-check.ts'

export type PortalParts = { findStamp(serial: string): Promise<PublicStamp | undefined>; demo: boolean; openToOthers: boolean; version: string }

export function portalRoutes(_app: FastifyInstance, _parts: PortalParts): void {}

export function notFoundPage(_language: string): string {
  return ''
}
