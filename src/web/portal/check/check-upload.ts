import { rm } from 'node:fs/promises'
import { nodePrimitives } from '../../../base/primitives-node.ts'
import { proveTrustBundle, type TrustBundle } from '../../../client/trust-bundle.ts'
import type { Suggestions } from '../../../client/suggestions.ts'
import { RefusedError } from '../../../errors.ts'
import { uploadsAdmittedMax } from '../../../limits/traffic.ts'
import { registryQuestions, verdictOf, type Verdict } from '../../../stamp/check/verdict.ts'
import type { DocumentFacts } from '../../../stamp/pdf/document-facts.ts'
import { openFileChecker, type FileChecker } from '../../../verification/file-check-worker.ts'
import type { RegistryCheck } from '../../../verification/registry-check.ts'

/** Checks files that were sent by browsers without a script, and throws them away. */
export type UploadCheck = {
  /** Does what begins with an upload where there is room for one more, and refuses `overloaded` where there is none. */
  admit<Value>(work: () => Promise<Value>): Promise<Value>
  /** The verdict on the file at this path, which is deleted. Refuses what cannot be read. */
  check(path: string): Promise<Verdict>
  /** What stamping needs to know about the file at this path, which stays, and what it suggests. Refuses what cannot be stamped. */
  look(path: string): Promise<{ document: DocumentFacts; suggested: Suggestions }>
  close(): void
}

/** A root does not change while a process lives, but a revocation may come: the process that reads is made anew this often. */
const trustKeptMilliseconds = 15 * 60 * 1000

/** One process that reads, in front of this registry; it starts with the first file and ends when nobody may trust its bundle. */
export function openUploadCheck(parts: {
  registryCheck: RegistryCheck
  trustBundle(): Promise<TrustBundle>
}): UploadCheck {
  let checker: { reads: FileChecker; until: number } | undefined
  async function current(): Promise<FileChecker> {
    if (checker !== undefined && performance.now() < checker.until) return checker.reads
    const { trust } = proveTrustBundle(await parts.trustBundle(), nodePrimitives)
    checker?.reads.close()
    checker = { reads: openFileChecker(trust), until: performance.now() + trustKeptMilliseconds }
    return checker.reads
  }
  let admitted = 0
  return {
    async admit(work) {
      if (admitted >= uploadsAdmittedMax) throw new RefusedError({ code: 'overloaded', values: { seconds: 10 } })
      admitted++
      try {
        return await work()
      } finally {
        admitted--
      }
    },
    async check(path) {
      try {
        const checked = await (await current()).check(path)
        if (checked.kind === 'refused') throw new RefusedError(checked.refusal)
        const { report } = checked
        return verdictOf(report, await parts.registryCheck.checkSerials(registryQuestions(report)))
      } finally {
        await rm(path, { force: true })
      }
    },
    async look(path) {
      const looked = await (await current()).look(path)
      if (looked.kind === 'refused') throw new RefusedError(looked.refusal)
      return looked
    },
    close: () => checker?.reads.close(),
  }
}
