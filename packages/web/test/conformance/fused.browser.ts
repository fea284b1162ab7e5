import { type Beams, comparison, note, withoutLeaks } from '@ringformer/core/testing';
import { type Decoding, type FusedSeq2seq, type Raw, readSafetensors } from '@ringformer/core';
import { afterEach, describe, expect, test } from 'vitest';
import { fixtureConfig, fixtureFile } from '../../../seq2seq/test/fixture-case.ts';
