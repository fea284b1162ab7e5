import type { LanguageData } from './data.ts';
import { inWords } from './in-words.ts';

/** German. */
export const de: LanguageData = {
  abbreviations:
    'Abb Abt Anm Aufl Bd Betr Dipl Dr dr Dres Fa Fam Fr Frl Hbf Hl Hr Hrn Hrsg Ing Jg Kath Kfm Kfz Kto Lat Lkr Mag Mio Mrd Nr nr Nrn Pf Pfr Pkt Pos Prof prof Rd Red Sen Sr St Std Str Tab Tel tel Tsd Verf Vers Vol Wwe Zi Ziff Zt allg anl bes bzgl bzw ca cand dipl dt ebd ehem eigtl einschl engl entspr entw etw ev evtl exkl franz frz geb gebr gegr gem gen ges gesch gest gez ggf ggfs griech habil hg hl hrsg inkl ins insb insbes ital jährl jgdst jur jun kath lat lfd lt max mdl med mind min möbl mtl nat nördl n.Chr phil pol rd rel resp rer röm schr sen sog spez staatl stellv str südl tägl tgl theol unbek ungef urspr usf v.Chr verh verm verst vgl vorl vorm vors westl östl wg wiss zool zus zw zzgl zzt z.B z.T z.Zt d.h i.d.R i.A v.a a.d a.D m.E u.U s.o s.u Jan Feb Mär Apr Jun Jul Aug Sep Sept Okt Nov Dez',
  beforeNumbers: 'Kap S s Bl Art art Abs abs Ziff Pos § str Hausnr Nr',
  beforeSmall: 'Mo Di Mi Do Fr Sa So Min Sek',
  endings: 'usw etc usf u.a u.ä u.Ä o.ä o.Ä e.V Co Jh Jhd GmbH jr Jr n.Chr v.Chr d.J u.v.m u.v.a Bsp',
  beforeOrdinals:
    'am der die das dem den des im vom zum zur beim ab bis seit jeder jede jedes jedem jeden sein seine seinem seinen seiner ihr ihre ihrem ihren ihrer mein meine meinem meinen meiner dein deine deinem deinen unser unsere unserem unseren dieser diese dieses diesem diesen und auf ein eine einen einem einer kein keine keinen montag dienstag mittwoch donnerstag freitag samstag sonntag',
  afterOrdinals:
    'januar jänner februar märz april mai juni juli august september oktober november dezember jan feb mär apr jun jul aug sep sept okt nov dez jahrhundert jahrhunderts jahrhunderten jh jahrtausend weltkrieg weltkriegs weltkrieges klasse stock etage platz runde auflage mal kapitel spieltag geburtstag jahrestag liga fc sc tsv semester lebensjahr bundesliga quartal halbzeit minute stunde tag woche monat jahr versuch teil akt satz bezirk',
  beforeNouns:
    'ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinen meinem meiner dein deine deinen deinem deiner sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer unser unsere unseren unserem unserer der die das den dem des diese dieser dieses diesen diesem jeder jede jedes jeden jedem alle allen viele vielen im am zum zur vom beim ins ans',
  conjunctions:
    'und oder aber denn sondern weil dass daß damit obwohl während nachdem bevor wenn falls als ob indem sodass sobald solange bis da wobei wodurch worauf der die das welche welcher welches',
  words:
    'der die das den dem des ein eine einen einem einer eines ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen und oder aber nicht kein keine keinen ist sind bin bist seid wird werden wurde wurden habe haben hast hatte hatten kann kannst können konnte muss musst müssen soll sollte möchte auf aus bei mit nach seit von zu zum zur vom beim im am für über unter durch gegen ohne um wie wo warum wann wer wen wem welche welcher dass weil wenn als ob auch noch schon nur sehr hier dort da dann jetzt heute gestern morgen immer mein meine dein deine sein seine ihre unser dieser diese dieses jeder alle alles etwas nichts mehr viel viele bitte ja nein doch mal gut machen gehen geht gibt leider danach später plötzlich trotzdem außerdem danke wieder bis nun also deshalb was will an hat in so am alle man war waren machen macht denn bald fast arm rat tag not bin',
  alsoNouns: 'arm rat tag not morgen',
  numerals:
    'null eins,erst,einmal zwei,zwo,beid,doppel,halb drei,dritt vier fünf sech sieb acht neun zehn elf zwölf,dutzend,mittag,mitternacht dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig',
  capitals: '',
  shorthand: [...inWords('Min', 'Minute', 'n'), ...inWords('Sek', 'Sekunde', 'n'), ...inWords('Std', 'Stunde', 'n')],
  capitalised: [['ss', 'ß']],
};
