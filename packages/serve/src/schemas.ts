// What requests and answers hold, as JSON Schema: it checks requests and makes the OpenAPI document.

import { formats } from '@ringformer/documents';
import { MOST_BEAMS } from './options.ts';

const text = { type: 'string' } as const;
const oneOrMany = { oneOf: [text, { type: 'array', items: text }] } as const;
const probability = { type: 'number', minimum: 0, maximum: 1 } as const;
const count = (most: number) => ({ type: 'integer', minimum: 1, maximum: most }) as const;

const failure = {
  type: 'object',
  properties: { code: text, message: text },
  required: ['code', 'message'],
  additionalProperties: true,
} as const;
/** LibreTranslate's clients read `error` as a text. */
const refused = {
  type: 'object',
  properties: { error: { anyOf: [failure, text] } },
  required: ['error'],
  additionalProperties: true,
} as const;

export const refusals = Object.fromEntries(
  Object.entries({
    400: 'The request is not as described',
    401: 'A token is missing or wrong',
    413: 'Too much at once',
    415: 'The body is of a type that nobody reads here',
    422: 'The text or image cannot be used',
    429: 'Too much is waiting: see Retry-After',
    503: 'The server is stopping',
    504: 'It took too long',
  }).map(([status, description]) => [status, { description, ...refused }]),
);

export const translateBody = {
  type: 'object',
  description: 'With `text`, the members of this server; with `q`, those of LibreTranslate.',
  properties: {
    text: { ...oneOrMany, description: 'A text or several. Line breaks stay.' },
    from: { ...text, description: "The texts' language; only needed if the server has several" },
    to: text,
    beams: { ...count(MOST_BEAMS), description: 'Width of the beam search; 1 is greedy search' },
    lengthPenalty: { type: 'number', minimum: 0, maximum: 10 },
    noRepeat: { type: 'integer', minimum: 0 },
    levels: { type: 'integer', minimum: 1, description: 'Passes of the ring: fewer are faster and less accurate' },
    alternatives: { type: 'integer', minimum: 0, maximum: 32, description: 'Further translations of each text' },
    sentences: { type: 'boolean', description: 'Also each sentence with its confidence' },
    stream: { type: 'boolean', description: 'Greedy, as server-sent events: {"piece"}…, then event done {"text"}' },
    q: { ...oneOrMany, description: 'LibreTranslate: the text or texts' },
    source: { ...text, description: "LibreTranslate: the language, or 'auto'" },
    target: text,
    format: { type: 'string', enum: [...formats], description: 'Of documents only the texts are translated' },
    api_key: { ...text, nullable: true },
  },
} as const;

/** LibreTranslate's are texts. */
const alternative = {
  type: 'object',
  properties: { text, confidence: probability },
  additionalProperties: true,
} as const;

const translation = {
  type: 'object',
  properties: {
    text,
    confidence: probability,
    alternatives: { type: 'array', items: { anyOf: [text, alternative] } },
    sentences: {
      type: 'array',
      items: {
        type: 'object',
        properties: { source: text, text, confidence: probability },
        additionalProperties: true,
      },
    },
    warnings: {
      type: 'array',
      items: {
        type: 'object',
        properties: { kind: text, line: { type: 'integer' }, message: text },
        additionalProperties: true,
      },
    },
    error: failure,
  },
  additionalProperties: true,
} as const;

export const translateAnswer = {
  description:
    'One translation for one text; `translations` for several, each with `text` or `error`; `translatedText` for `q`',
  type: 'object',
  properties: {
    ...translation.properties,
    translations: { type: 'array', items: translation },
    translatedText: oneOrMany,
  },
  additionalProperties: true,
} as const;

export const classifyBody = {
  type: 'object',
  properties: {
    image: { ...text, description: 'JPEG, PNG or WebP in base64, with or without `data:…;base64,`' },
    images: { type: 'array', items: text },
    top: { ...count(100_000), default: 5 },
    levels: { type: 'integer', minimum: 1 },
    invert: { type: 'boolean', description: 'For dark shapes on white if the model knows light shapes on black' },
  },
  additionalProperties: false,
} as const;

const classes = {
  type: 'array',
  items: {
    type: 'object',
    properties: { label: text, index: { type: 'integer' }, probability },
    required: ['label', 'index', 'probability'],
    additionalProperties: true,
  },
} as const;

export const classifyAnswer = {
  description: '`classes` for one image, the likeliest first; `results` for several, each with `classes` or `error`',
  type: 'object',
  properties: {
    classes,
    results: {
      type: 'array',
      items: { type: 'object', properties: { classes, error: failure }, additionalProperties: true },
    },
  },
  additionalProperties: true,
} as const;

export const detectBody = {
  type: 'object',
  properties: { q: text, api_key: { ...text, nullable: true } },
  required: ['q'],
} as const;

export const detectAnswer = {
  description: 'As LibreTranslate lists them; a confidence of 0 if no language is clear',
  type: 'array',
  items: {
    type: 'object',
    properties: { language: text, confidence: { type: 'number', minimum: 0, maximum: 100 } },
    required: ['language', 'confidence'],
    additionalProperties: true,
  },
} as const;

/** For the OpenAPI document: what comes is checked by hand. */
export const fileForm = {
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { file: { type: 'string', format: 'binary' }, source: text, target: text, api_key: text },
        required: ['file', 'source', 'target'],
      },
    },
  },
} as const;

export const fileAnswer = {
  description: 'Where the translated file is for ten minutes',
  type: 'object',
  properties: { translatedFileUrl: text },
  required: ['translatedFileUrl'],
  additionalProperties: true,
} as const;

export const languagesAnswer = {
  description: 'As LibreTranslate lists them',
  type: 'array',
  items: {
    type: 'object',
    properties: { code: text, name: text, targets: { type: 'array', items: text } },
    required: ['code', 'name', 'targets'],
    additionalProperties: true,
  },
} as const;

export const statusAnswer = {
  description: 'How it is',
  type: 'object',
  properties: { status: text },
  additionalProperties: true,
} as const;
