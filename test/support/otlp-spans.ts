/** OTLP's requests to export spans (opentelemetry-proto, trace v1), in both of its encodings, to one plain list of spans. */
import { protobufFields, type ProtobufField } from './protobuf-fields.js';
import type { SeenSpan } from './seen-span.js';

type Value = string | number | boolean;

export function spansOfProtobuf(body: Buffer): SeenSpan[] {
  return messages(body, 1).flatMap((resourceSpans) => {
    const resource = messages(resourceSpans, 1).flatMap((one) => attributes(one, 1));
    const service = String(Object.fromEntries(resource)['service.name']);
    const scopes = messages(resourceSpans, 2);
    return scopes.flatMap((scope) => messages(scope, 2).map((span) => spanOf(span, service)));
  });
}

function spanOf(bytes: Buffer, service: string): SeenSpan {
  const fields = protobufFields(bytes);
  const one = (number: number): ProtobufField | undefined => fields.find((field) => field.number === number);
  const id = (number: number): string => one(number)?.bytes.toString('hex') ?? '';
  const status = one(15)
    ? protobufFields(one(15)!.bytes).find(({ number }) => number === 3)?.value
    : undefined;
  const links = messages(bytes, 13).map((link) => {
    const ids = protobufFields(link);
    const linked = (number: number) =>
      ids.find((field) => field.number === number)?.bytes.toString('hex') ?? '';
    return { traceId: linked(1), spanId: linked(2) };
  });
  return {
    service,
    traceId: id(1),
    spanId: id(2),
    parentId: id(4) || null,
    name: one(5)?.bytes.toString() ?? '',
    startMs: msOf(BigInt(one(7)?.value ?? 0n)),
    endMs: msOf(BigInt(one(8)?.value ?? 0n)),
    attributes: Object.fromEntries(attributes(bytes, 9)),
    links,
    isError: status === 2n,
  };
}

const messages = (bytes: Buffer, number: number): Buffer[] =>
  protobufFields(bytes).flatMap((field) => (field.number === number ? [field.bytes] : []));

const attributes = (bytes: Buffer, number: number): [string, Value][] =>
  messages(bytes, number).map((pair) => {
    const [key, value] = protobufFields(pair);
    return [key!.bytes.toString(), valueOf(value!.bytes)];
  });

/** Lists and maps are told as their bytes in text: nobody looks into them but for words that must not be there. */
function valueOf(bytes: Buffer): Value {
  const [field] = protobufFields(bytes);
  switch (field?.number) {
    case 1:
      return field.bytes.toString();
    case 2:
      return field.value === 1n;
    case 3:
      return Number(BigInt.asIntN(64, field.value));
    case 4: {
      const double = Buffer.alloc(8);
      double.writeBigUInt64LE(field.value);
      return double.readDoubleLE();
    }
    default:
      return bytes.toString();
  }
}

interface JsonRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly JsonAttribute[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly JsonSpan[] }[];
  }[];
}
interface JsonAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly JsonAttribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

export function spansOfJson(text: string): SeenSpan[] {
  const { resourceSpans = [] } = JSON.parse(text) as JsonRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const service = String(jsonAttributes(resource?.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => jsonSpan(span, service)));
  });
}

const jsonSpan = (span: JsonSpan, service: string): SeenSpan => ({
  service,
  traceId: span.traceId,
  spanId: span.spanId,
  parentId: span.parentSpanId || null,
  name: span.name,
  startMs: msOf(BigInt(span.startTimeUnixNano)),
  endMs: msOf(BigInt(span.endTimeUnixNano)),
  attributes: jsonAttributes(span.attributes),
  links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  isError: span.status?.code === 2,
});

const jsonAttributes = (all: readonly JsonAttribute[] = []): Record<string, Value> =>
  Object.fromEntries(
    all.map(({ key, value: { intValue, ...other } }) => {
      const [plain] = Object.values(other);
      return [key, intValue === undefined ? (plain as Value) : Number(intValue)];
    }),
  );

/** To a microsecond: a number does not hold all digits of nanoseconds since 1970. */
function msOf(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000n) / 1_000;
}
