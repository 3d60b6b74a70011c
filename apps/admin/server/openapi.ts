/** The admin API as an OpenAPI document, made from the operations: paths, fields, who may, errors. */
import { adminErrors } from '../failure.js';
import type { AnyOperation, Parameter } from '../operation.js';
import { fieldOf, mayBeKept, parameter_chars_max, reason_chars_max } from '../parameters.js';
import { lines_type } from './answer.js';

export const pathOf = ({ name }: Pick<AnyOperation, 'name'>): string => name.replaceAll(' ', '/');

const errorResponse = {
  description: 'An error of the catalogue',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};
const resultSchema = { type: 'object', description: 'As --json prints it.' };

export const openApi = (operations: readonly AnyOperation[], version: string): object => ({
  openapi: '3.1.0',
  info: { title: 'Odnix admin', version },
  security: [{ token: [] }],
  paths: Object.fromEntries(
    operations.map((operation) => [`/admin/v1/${pathOf(operation)}`, { post: pathItem(operation) }]),
  ),
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    schemas: { Error: errorSchema },
  },
});

const pathItem = (operation: AnyOperation): object => ({
  operationId: operation.name.replaceAll(' ', '-'),
  summary: operation.summary,
  ...(operation.help === undefined ? {} : { description: operation.help }),
  'x-role': operation.role,
  requestBody: { required: false, content: { 'application/json': { schema: bodySchema(operation) } } },
  responses: {
    '200': {
      description: 'The result; as lines: progress, what is said, and then the result or an error',
      content: { 'application/json': { schema: resultSchema }, [lines_type]: {} },
    },
    default: errorResponse,
  },
});

export function bodySchema(operation: AnyOperation): object {
  const { parameters, role } = operation;
  const needed = parameters.filter(({ required }) => required === true).map(fieldOf);
  const reason = {
    type: 'string',
    maxLength: reason_chars_max,
    description: 'Why; kept with who did it, and required where something is changed or text is shown.',
  };
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(parameters.map((parameter) => [fieldOf(parameter), fieldSchema(parameter)])),
      ...(mayBeKept(operation) ? { reason } : {}),
    },
    required: role === 'operator' ? [...needed, 'reason'] : needed,
  };
}

function fieldSchema({ value, help, expected, role, isValueOptional }: Parameter): object {
  const description = `${help}${expected === undefined ? '' : `: ${expected}`}`;
  const common = { description, ...(role === undefined ? {} : { 'x-role': role }) };
  if (value === undefined || isValueOptional) return { type: 'boolean', ...common };
  return { type: ['string', 'number'], maxLength: parameter_chars_max, ...common };
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'retryable'],
      properties: {
        code: { type: 'string', enum: Object.keys(adminErrors) },
        message: { type: 'string' },
        retryable: { type: 'boolean' },
        field: { type: 'string' },
        expected: { type: 'string' },
        retry_after_ms: { type: 'integer' },
      },
    },
  },
};
