import { describe, expect, it } from 'vitest';
import { withRightHalves } from './halves.ts';

describe('halves of the day', () => {
  it.each([
    ['Gottesdienst: Sonntag, 10 Uhr', 'Service: Sunday, 10 pm', "Service: Sunday, 10 o'clock"],
    [
      'Das Wasser wird von 9 bis 11 Uhr abgestellt.',
      'No water from 9 to 11:00 p.m. on Tuesday.',
      'No water from 9 to 11:00 on Tuesday.',
    ],
    ['Um 10:30 Uhr.', 'At 10:30 p.m.', 'At 10:30.'],
    ['9:00 Uhr: Beginn', '9:00pm: Start', '9:00am: Start'],
    ['Um 10 Uhr morgens', 'At 10 PM', 'At 10 AM'],
    ['Von 9 bis 17 Uhr', 'From 9 p.m. to 5 p.m.', 'From 9 a.m. to 5 p.m.'],
    ['Um 15 Uhr telefonieren?', 'Call at 3:00 am?', 'Call at 3:00 pm?'],
    ['Um 15.30 Uhr', 'At 3:30 A.M.', 'At 3:30 P.M.'],
    ['Der Check-in ist ab 15 Uhr möglich.', 'The check-in is from 15:00 p.m.', 'The check-in is from 15:00.'],
    ['Am Abend um 20 Uhr', 'At 8 a.m. in the evening', 'At 8 p.m. in the evening'],
    ['Um 12 Uhr', 'At 12 a.m.', 'At 12 p.m.'],
    ['Um 0 Uhr', 'At 12 p.m.', 'At 12 a.m.'],
    ['Beginn: 9 Uhr, Ende: 17 Uhr', "Start: 9 o'clock, at 5:00", "Start: 9 o'clock, at 5:00 p.m."],
    ['Bis 17 Uhr.', "Until 5 o'clock.", 'Until 5 p.m.'],
    ['Um 17 Uhr kam er.', "It was 5 o'clock. He came.", 'It was 5 p.m. He came.'],
  ])('%s: %s becomes %s', (source, translation, expected) =>
    expect(withRightHalves(source, translation, 'de', 'en-US')).toBe(expected),
  );

  it.each([
    ['Um 8 Uhr abends', 'At 8 p.m.'],
    ['Heute Nacht um 12 Uhr', 'Tonight at 12 a.m.'],
    ['Um 3 Uhr nachmittags', 'At 3 p.m.'],
    ['Von 8 Uhr bis 20 Uhr', 'From 8 a.m. to 8 p.m.'],
    ['Von 14 bis 17 Uhr', 'From 2:00 to 5:00 p.m.'],
    ['Um 17 Uhr', "At 5 o'clock in the afternoon"],
    ['Um 17 Uhr', 'At 17:00'],
    ['Um 3 Uhr', 'At 3 a.m.'],
    ['Um acht Uhr, nicht um 20 Uhr', 'At 8 a.m., not at 8 p.m.'],
    ['Am 5. Mai um 17 Uhr', 'On May 5 at 5 p.m.'],
    ['Gruppe 3, Zimmer 12', 'Group 3 am room 12 p.m.'],
    ['Um 15 Uhr 3 Äpfel', '3 amazing apples at 3 p.m.'],
  ])('%s: %s stays', (source, translation) =>
    expect(withRightHalves(source, translation, 'de', 'en')).toBe(translation),
  );

  it('only from German to English', () => {
    expect(withRightHalves('Um 15 Uhr', 'At 3 am', 'de')).toBe('At 3 am');
    expect(withRightHalves('Um 15 Uhr', 'At 3 am', undefined, 'en')).toBe('At 3 am');
  });
});
