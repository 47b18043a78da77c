import { unreachable } from '../../base/unreachable.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { textOf } from '../pdf/form.ts'
import { isArray, isDict, nameOf, type PdfDict, type PdfObject } from '../pdf/objects.ts'
import type { CheckReason } from './report.ts'
import type { Deed } from './step.ts'

/** How far a document may go on after a signature (ISO 32000-2 12.8.2.2, 12.8.2.4); each allows what stands before it too. */
const levels = ['timestamps', 'signatures', 'filling', 'notes'] as const
type Level = (typeof levels)[number]

/** What a signer leaves others to do. */
export type Permissions = { level: Level; isCertified: boolean; isLocked: (field: string) => boolean }

/** For a signature that says nothing: forms may be filled in and signed. */
export const usualPermissions: Permissions = { level: 'filling', isCertified: false, isLocked: () => false }

/** For a signature whose rules cannot be read. */
export const noPermissions: Permissions = { level: 'timestamps', isCertified: true, isLocked: () => true }

/** What the signature dictionary and the lock of its field allow. What cannot be understood allows nothing. */
export function permissionsOf(revision: PdfDocument, field: PdfDict, signature: PdfDict): Permissions {
  const references = revision.lookup(signature, 'Reference')
  const items = isArray(references) ? references.items.map((item) => revision.resolve(item)) : []
  const transforms = items.filter(isDict).map((item) => ({
    method: nameOf(revision.lookup(item, 'TransformMethod')),
    params: dictIn(revision, item, 'TransformParams'),
  }))
  const isCertified = transforms.some(({ method }) => method === 'DocMDP')
  const numbers = transforms.flatMap(({ method, params }) =>
    permissionIn(revision, params, method === 'DocMDP' ? 2 : null),
  )
  numbers.push(...permissionIn(revision, dictIn(revision, field, 'Lock'), null))
  const locks = transforms.flatMap(({ method, params }) => (method === 'FieldMDP' ? [lockOf(revision, params)] : []))
  return {
    level: numbers.length === 0 ? usualPermissions.level : levelOf(Math.min(...numbers)),
    isCertified,
    isLocked: (name) => locks.some((isLocked) => isLocked(name)),
  }
}

function levelOf(permission: number): Level {
  return permission === 3 ? 'notes' : permission === 2 ? 'filling' : 'timestamps'
}

function dictIn(document: PdfDocument, dict: PdfDict, key: string): PdfDict | undefined {
  const value = document.lookup(dict, key)
  return isDict(value) ? value : undefined
}

function permissionIn(document: PdfDocument, params: PdfDict | undefined, otherwise: number | null): number[] {
  const written: PdfObject = (params === undefined ? null : document.lookup(params, 'P')) ?? otherwise
  if (written === null) return []
  return [typeof written === 'number' ? written : 1]
}

function lockOf(document: PdfDocument, params: PdfDict | undefined): (field: string) => boolean {
  const action = params === undefined ? undefined : nameOf(document.lookup(params, 'Action'))
  const list = params === undefined ? null : document.lookup(params, 'Fields')
  const names = isArray(list) ? list.items.flatMap((item) => textOf(document.resolve(item)) ?? []) : []
  const isNamed = (field: string) => names.some((name) => field === name || field.startsWith(`${name}.`))
  if (action === 'Include') return isNamed
  return action === 'Exclude' ? (field) => !isNamed(field) : () => true
}

/**
 * Why the signer of `permissions` has not allowed what an update did; undefined when it may be. A stamp of ours (`isStamp`)
 * is worth nothing on a document whose blanks are filled in later, so it allows further signatures and no more.
 */
export function refusalOf(deed: Deed, permissions: Permissions, isStamp: boolean): CheckReason | undefined {
  const { isCertified, isLocked } = permissions
  const level = isStamp && permissions.level !== 'timestamps' ? 'signatures' : permissions.level
  const allows = (asked: Level) => levels.indexOf(asked) <= levels.indexOf(level)
  switch (deed.kind) {
    case 'signed': {
      if (deed.by === 'timestamp' && !deed.isNewlyShown) return undefined
      // a picture that comes with a new field could hide what was certified: only a stamp's may
      const mayHide = isCertified && deed.isNewlyShown && deed.by !== 'stamp'
      const isTaken = !deed.isNewlyShown && isLocked(deed.field)
      return !allows('signatures') || mayHide || isTaken ? 'change_forbidden' : undefined
    }
    case 'filled':
      return allows('filling') && !isLocked(deed.field) ? undefined : 'form_changed'
    case 'noted':
      return allows('notes') ? undefined : 'annotation_unexpected'
    case 'unused':
      return allows('filling') ? undefined : 'object_unexpected'
    default:
      return unreachable(deed)
  }
}
