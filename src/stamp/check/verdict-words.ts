import type { CheckReason, Integrity } from './report.ts'
import type { Standing, Verdict } from './verdict.ts'

/** Which sentences tell a verdict (keys of the texts), worst first, and how it looks: green only for an intact stamp. */
export type VerdictWords = {
  tone: 'good' | 'warn' | 'bad' | 'plain'
  /** What people read first. */
  sentence: `standings.${Standing}` | `verdicts.${Integrity}`
  /** What it says besides; undefined where one sentence says all. */
  further?: `standings.${Standing}` | `verdicts.${Integrity}`
  reasons: `checkReasons.${CheckReason}`[]
  next: `standings.${Standing}.next` | `verdicts.${Integrity}.next`
}

const toneOf = {
  stamp: 'good',
  specimen: 'warn',
  suspect: 'bad',
  released: 'bad',
  cancelled: 'bad',
  unknown: 'bad',
  other_document: 'bad',
  picture_only: 'bad',
  not_stamped: 'plain',
  foreign: 'plain',
  unreachable: 'warn',
} as const satisfies Record<Standing, VerdictWords['tone']>

/** The words for both axes of a verdict: what is proven wrong by the file comes before what a stamp would be worth. */
export function verdictWords({
  integrity,
  standing,
  reasons,
}: Pick<Verdict, 'integrity' | 'standing' | 'reasons'>): VerdictWords {
  const told = reasons.map((reason) => `checkReasons.${reason}` as const)
  const isWrong = integrity === 'changed' || integrity === 'broken'
  if (isWrong && standing !== 'other_document' && standing !== 'foreign')
    return {
      tone: 'bad',
      sentence: `verdicts.${integrity}`,
      further: `standings.${standing}`,
      reasons: told,
      next: `verdicts.${integrity}.next`,
    }
  return {
    tone: toneOf[standing],
    sentence: `standings.${standing}`,
    ...(integrity === undefined || standing === 'other_document' ? {} : { further: `verdicts.${integrity}` as const }),
    reasons: told,
    next: `standings.${standing}.next`,
  }
}
