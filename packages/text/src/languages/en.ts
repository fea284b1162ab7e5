import type { LanguageData } from './data.ts';
import { inWords } from './in-words.ts';

const MONTHS = 'January February March April June July August September October November December'.split(' ');
/** 'Jan. 5', 'Jan 5th', 'Jan. 1990' and '5 Jan. 1990' */
const monthInWords = (month: string): [string, string] => [
  String.raw`(?<!\p{L})${month.slice(0, 3)}${month === 'September' ? 't?' : ''}(?:\.(?=[ \u00a0\u202f]?\d)|(?= \d{1,2}(?:st|nd|rd|th)?(?![\p{L}\d.:]*[\p{L}\d])))`,
  month,
];

/** English. */
export const en: LanguageData = {
  abbreviations:
    'al ext Mon Tue Tues Wed Thu Thurs Fri Adm Apr Aug Ave Blvd Capt Col Cpl Dec Dept Dr dr Eds Feb Fig Figs Ft Gen Gov Hon Jan Jul Jun Lt Maj Messrs Mr mr Mrs mrs Ms ms Mt Mts Nov Oct Pres Prof prof Pvt Rd Ref Rep Rev Sen Sep Sept Sgt St Ste Univ approx assoc cf ed eds est esp incl viz vs e.g i.e a.k.a',
  beforeNumbers: 'ft in min max Sat Sun No no Nos nos p pp Vol vol Ch Sec Art Op Par Ver Eq Nr fig',
  beforeSmall: 'min mins sec secs hr hrs oz lb lbs',
  endings: 'ft in dept Sat Sun etc Inc Co Corp Ltd Jr Sr a.m p.m U.S U.K D.C Ph.D B.C A.D B.A M.A',
  beforeOrdinals: '',
  afterOrdinals: '',
  beforeNouns: '',
  conjunctions:
    'and or but because that which who whom whose while although though when where if since unless until as so',
  words:
    "in so man war hat die fast arm rat tag bald den bin the a an and or but not am is are was were be been being have has had having do does did will would can could shall should may might i you he she it we they me him them us my your its our their this that these those of to for from with without at by on into about over after before because if when where why how what which who there here than then very too also just only some any every all much many more most other such no yes please up out don't doesn't didn't isn't aren't wasn't can't couldn't won't wouldn't i'm you're he's she's it's we're they're i've i'll let's that's what's where's there's never always however later suddenly thank thanks",
  alsoNouns: '',
  numerals:
    'zero one,first,once,single two,second,twice,both,double,half three,third four,quarter five,fift,fif six seven eight nine,nint ten eleven twel,dozen,noon,midnight thirteen fourteen,fortnight fifteen sixteen seventeen eighteen nineteen twent thirt fort fift sixt sevent eight ninet',
  capitals: "i i'm i'll i've i'd",
  shorthand: [
    [String.raw`(?<!\p{L})No\.[ \u00a0\u202f]?(?=\d)`, 'number '],
    [String.raw`(?<!\p{L})Nos\.[ \u00a0\u202f]?(?=\d)`, 'numbers '],
    ...MONTHS.map(monthInWords),
    ...inWords('mins?', 'minute', 's'),
    ...inWords('secs?', 'second', 's'),
    ...inWords('hrs?', 'hour', 's'),
    ...inWords('lbs?', 'pound', 's'),
    ...inWords('oz', 'oz', ''),
  ],
  capitalised: [],
};
