import type { Span } from './traces.ts'

/** Numbers of OpenTelemetry's `SpanKind` and `StatusCode` (opentelemetry-proto, trace.proto). */
const kinds = { internal: 1, server: 2, client: 3 } as const
const statusError = 2

/** Spans as ExportTraceServiceRequest in OTLP's JSON: ids in hex, times in nanoseconds as text. */
export function spansRequest(spans: readonly Span[], from: { service: string; version: string }): unknown {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': from.service, 'service.version': from.version }) },
        scopeSpans: [
          {
            scope: { name: 'openmeterai' },
            spans: spans.map((span) => ({
              traceId: span.traceId,
              spanId: span.spanId,
              ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
              name: span.name,
              kind: kinds[span.kind],
              startTimeUnixNano: nanoseconds(span.startedAt),
              endTimeUnixNano: nanoseconds(span.endedAt),
              attributes: attributesOf(span.attributes),
              status: span.failed ? { code: statusError } : {},
            })),
          },
        ],
      },
    ],
  }
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : Number.isInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value },
  }))
}

/** A double holds milliseconds since 1970 to a quarter of a microsecond. */
function nanoseconds(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds * 1000)) * 1000n)
}
