"""List the verbs of speech, titles and fillers by which European prose names who speaks."""

_FRENCH = (
    "dit disait redit dis répondit répondait répond répliqua réplique reprit reprend demanda"
    " demandait demande écria écrie écriait cria criait crie murmura murmurait murmure ajouta"
    " ajoute continua continue poursuivit poursuit fit chuchota soupira interrompit observa"
    " remarqua déclara affirma expliqua balbutia bégaya insista grommela gémit hurla lança"
    " ordonna protesta répéta rétorqua riposta souffla supplia interrogea acheva conclut"
    " commença avoua ricana gronda objecta annonça appela proposa questionna"
)
_SPANISH = (
    "dijo decía dice díjole respondió respondía contestó contestaba repuso replicó preguntó"
    " preguntaba exclamó gritó gritaba murmuró añadió agregó continuó prosiguió susurró suspiró"
    " interrumpió observó advirtió declaró afirmó explicó balbuceó balbució insistió gimió ordenó"
    " protestó repitió interrogó manifestó objetó concluyó comentó rugió profirió articuló"
)
_PORTUGUESE = (
    "disse dizia diz respondeu respondia replicou perguntou perguntava exclamou gritou murmurou"
    " acrescentou continuou prosseguiu sussurrou suspirou interrompeu observou declarou explicou"
    " balbuciou insistiu ordenou protestou repetiu retorquiu tornou volveu acudiu atalhou inquiriu"
    " comentou bradou fez"
)
_ITALIAN = (
    "diceva rispose rispondeva replicò chiese domandò esclamò gridò mormorò aggiunse continuò"
    " proseguì sussurrò sospirò interruppe osservò dichiarò spiegò balbettò insistette ordinò"
    " protestò ripeté ribatté soggiunse riprese fece"
)
_GERMAN = (
    "sagte sagt fragte fragt antwortete antwortet erwiderte entgegnete versetzte rief ruft schrie"
    " flüsterte murmelte meinte fuhr setzte fügte begann bemerkte erklärte seufzte unterbrach"
    " wiederholte bat befahl brummte lachte stammelte sprach hauchte gestand versicherte ergänzte"
    " knurrte jammerte stöhnte zischte"
)
_RUSSIAN = (
    "сказал говорил ответил отвечал спросил спрашивал произнес произнёс произнесла проговорил"
    " крикнул закричал кричал вскричал воскликнул прошептал шептал пробормотал бормотал заметил"
    " добавил прибавил продолжал продолжил перебил повторил вздохнул возразил объяснил попросил"
    " приказал начал заговорил отозвался отозвалась промолвил молвил шепнул буркнул проворчал"
    " подхватил подтвердил осведомился осведомилась поинтересовался поинтересовалась"
    " говорит спрашивает отвечает кричит шепчет"
)
_POLISH = (
    "powiedział rzekł odparł odpowiedział zapytał spytał zawołał krzyknął krzyknęła szepnął"
    " szepnęła mruknął mruknęła dodał odrzekł"
)


def _alternation(words: str, ending: str = "") -> str:
    return "|".join(f"{word}{ending}" for word in sorted(set(words.split()), key=len, reverse=True))


FRENCH_VERBS = f"(?:{_alternation(_FRENCH)})"
"""Pattern of French verbs alone: only French sets a clause between commas within a speech."""

_OTHER = _alternation(" ".join((_SPANISH, _PORTUGUESE, _ITALIAN, _GERMAN)))
VERBS = (
    f"(?:{_alternation(_FRENCH)}|{_OTHER}|(?:{_alternation(_RUSSIAN)})[аи]?"
    f"|(?:{_alternation(_POLISH)})a?)"
)
"""Pattern of a verb of speech in the third person."""

CLITICS = (
    r"(?:(?:[sSmtln]['’]|se\s|lui\s|leur\s|me\s|nous\s|vous\s|te\s|y\s|en\s|a\s|avait\s|ne\s"
    r"|les?\s|nos\s|gli\s|mi\s|si\s|ci\s)*)"
)
"""Pattern of what French, Spanish and Italian write before the verb: ``lui dit``, ``s'écria``."""

FILLERS = (
    r"(?:\s+(?:[^\W\d_]{2,}(?:ment|mente)|[а-яё]{2,}о|alors|enfin|encore|aussitôt|tout\s(?:bas|haut)"
    r"|soudain|ensuite|simplement|à\s(?:son\stour|voix\sbasse|mi-voix)|entonces|luego|al\sfin|por\sfin"
    r"|ya|de\snuevo|então|por\sfim|allora|infine|poi|leise|laut|nun|da|endlich|schnell|ruhig|dann|wieder"
    r"|lächelnd|plötzlich|ihm|ihr|ihnen|sich|darauf|hierauf|jetzt|aber|auch|ihn|sie\san|freundlich"
    r"|ему|ей|им|мне|нам|вам|тебе|вдруг|наконец|тотчас|опять|снова|же|ещё|еще|тут|тогда)){0,3}"
)
"""Pattern of adverbs and pronouns between the verb and who speaks; a closed list, so that no other
person slips in."""

RANKS = (
    "monsieur madame mademoiselle maître docteur comte comtesse duc duchesse marquis marquise baron"
    " baronne prince princesse capitaine abbé général colonel commandant don doña señor señora"
    " señorita fray sor capitán doctor conde condesa marqués marquesa duque duquesa signor signora"
    " signorina donna conte contessa dom dona senhor senhora князь княгиня княжна граф графиня"
    " барон генерал капитан доктор господин госпожа pan pani"
)
"""Titles with a small letter that belong to the name behind them, also with ``de`` between."""

RELATIONS = (
    "père mère frère sœur oncle tante padre madre tío tía tio tia отец дядя тётя тетя тётка старик"
    " старуха"
)
"""Words that belong to the name right behind them: ``mère Barberin``, not ``la mère de Rémi``."""

_NO_NAMES = (
    "Il Elle Ils Elles On Je Tu Nous Vous Ce Cela Qui Lui Et Puis Mais Alors Enfin Ou Où"
    " Aussi Ainsi Là Quand Comme Si Tout Tous Personne Quelqu'un Un Une Le La Les Monsieur"
    " Madame Mademoiselle Dieu Mon Ma Son Sa Er Sie Es Ich Wir Ihr Der Die Das Dem Den Des"
    " Dieser Diese Jener Jene Einer Ein Eine Man Und Aber Doch Da Dann Darauf Darum Dabei"
    " Damit Endlich Nun So Jetzt Heute Gestern Hier Dort Wieder Weiter Zuletzt Plötzlich Leise"
    " Laut Statt Unter Ganz Auch Nur Noch Schon Mit Im In Am An Auf Bei Nach Vor Zu Zum Zur"
    " Aus Von Für Fast Immer Einmal Trotzdem Seitdem Was Wie Wer Wenn Als Ob Weil Denn Oft"
    " Mein Sein Ihre Seine Él Ella Ellos Ellas Yo Tú Usted Ustedes Me Se Te Nos Y Pero Luego"
    " Entonces Después Al Así Ahora Ya Sí No Todos Todo Nadie Alguien Ele Ela Eles Elas E Mas"
    " Então Depois Só Já Não Que Ora O A Os As Lei Egli Essa Esso Poi Allora Gli Mi Он Она Оно"
    " Они Я Ты Мы Вы Это Тот Та Кто И А Но Да Тут Тогда Потом Еще Ещё Лишь Вдруг Наконец Так"
    " Там Здесь Все Всё Никто Кто-то Только Затем Тихо Мне Ему Ей Им На В Dios Deus Dio Gott"
    " Ona Oni Ja Ten Ta"
)
NO_NAMES = frozenset(_NO_NAMES.split())
"""Words with a capital, at the beginning of a sentence, that name no one."""
