"""The text that the synthesisers speak: written for this project, rich in lip closures, roundings and minimal pairs."""

from __future__ import annotations

ENGLISH: tuple[str, ...] = (
    "Maybe Bob bumped the lamp before he came home.",
    "My mother picks plums from a very old farm.",
    "Please put both puppies back in the box.",
    "The poem pleased him, but the music moved me more.",
    "We have five fluffy foxes in the van.",
    "Vivian forgave the chef for the awful coffee.",
    "Who moved the blue shoes to the new room?",
    "You choose two smooth spoons and a fruit.",
    "She sees three green trees beneath the street.",
    "He keeps meeting people who speak cheaply.",
    "Think of the thin thread on the third cloth.",
    "These brothers breathe with their mouths closed.",
    "Lily will tell a long, lovely little tale.",
    "Red roses grow around our rural road.",
    "Kick the cake, then take the key to the garage.",
    "Good dogs dig deep in the garden.",
    "Nine nice nuns never knew any noon.",
    "Something is ringing among the evening songs.",
    "Singing and swinging, the king is bringing nothing.",
    "Sheep should share the shiny shore.",
    "Just imagine a huge orange on a bridge.",
    "Which child watched the church clock?",
    "The measure of pleasure is usually a vision.",
    "Yes, your yellow yacht was young.",
    "Wow, we want warm water with our wine.",
    "How now, brown cow, come out of the house.",
    "The boy annoyed the noisy toy employer.",
    "I might try to drive by the bright white light.",
    "They may wait late for the same great day.",
    "Only go home if the boat is slow and cold.",
    "Father calmly parked the car far from the barn.",
    "All talk of the lost dog caused a long pause.",
    "Bad cats sat and laughed at the black map.",
    "Ten men went into the wet tent.",
    "Sit in this big ship for a minute.",
    "Some come up for supper, but none love the onions.",
    "Look, the cook took a good book and put it on wood.",
    "Her nurse first heard the bird on Thursday.",
    "Pam and Tom swam from Memphis to Miami.",
    "Bring me back a paper bag, a pepper pot and a map.",
    "Tap the top of the tub and stop.",
    "Mum made apple jam at the farm in May.",
    "Hold him by the arm and climb the palm.",
    "He hummed a simple tempo and thumped the drum.",
    "Ben met Peter by the pub around midnight.",
    "Tomorrow morning we may be able to map the problem.",
    "A number of members remember the bombing.",
    "Nobody gave a penny for the broken pipe.",
    "Open the window and let the night in.",
    "I can not understand a single line of it.",
    "Listen again, then turn the sound down.",
    "It is nine in the evening and Anna is still singing.",
    "Do not sit near the entrance, Dennis.",
    "The engine is running, the lights are on, let us go.",
    "Dan and Nina danced all night at the canal.",
    "Linda sent ten tins of tuna to Tina.",
    "Is there any sense in having another engine?",
    "Hello there, how are you doing today?",
    "Well, I am not sure what to say about that.",
    "Okay, let me explain it once more, slowly this time.",
    "What on earth do you mean by that?",
    "No way, that is absolutely impossible!",
    "Look out, there is a truck behind you!",
    "Give me the map, and I will find the place myself.",
    "When the storm finally passed, the village was quiet.",
    "An old man walked along the beach with a small dog.",
    "The train leaves at seven fifteen from platform number four.",
    "Every summer we pick blackberries behind the mill.",
    "You can put the parcel down in front of the door.",
    "He promised to be back before the bell rang.",
    "If I were you, I would probably call them right away.",
    "Science shows us how little we really know.",
    "Her voice was soft, but everybody heard each word.",
    "Why would a wolf wander through the woods alone?",
    "The queen quickly required a quiet question.",
    "Six sick sailors sold their silver ships.",
    "Fresh fish and French fries for Friday, please.",
    "That is the very thing I was thinking of.",
    "Move over, Oliver, or I will throw a pillow.",
    "Europe and America are far apart on this map.",
    "My favourite movie begins with a funeral in Venice.",
    "Above the valley five brave climbers wave.",
    "A vague rumour of war reached the harbour.",
    "Could you push the full wool bag through the hoop?",
    "We used to go to school through a cool, gloomy tunnel.",
    "Show those poor souls the low road home.",
    "The prince and the princess disappeared without a trace.",
    "Both of them were born in the month of February.",
    "Between you and me, the plan seems a bit weak.",
    "Baby, baby, put the bottle by the bed.",
    "Pop music from a cheap lamp radio, that is all.",
    "One, two, three, four, five, six, seven, eight, nine, ten.",
    "Eleven, twelve, twenty, thirty million and a half.",
    "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday.",
    "January, March, April, June, July, September, December.",
    "I am. You are. He is. We were. They will be.",
    "Stop. Wait. Come back. Never mind. Goodbye.",
    "Umm, maybe. Hmm, I see. Mm, yummy.",
    "Bah, humbug! Boom, bang, pow, wham!",
    "Oh! Ooh, wow. Aha. Eh? Uh, no.",
    "Thank you for calling, how may I help you?",
    "Please leave your name and number after the beep.",
    "The meeting has been moved to half past nine in the morning.",
    "Make sure the camera is pointing at the performer's face.",
    "The animation begins when the actor opens her mouth.",
    "Keep your lips together for every m, b and p.",
    "In the beginning there was only darkness and deep water.",
    "The doctor ordered an extra dose of medicine for the soldier.",
    "As a rule, tigers do not eat lettuce, carrots or radishes.",
    "Gentle giants jog joyfully past the large cage.",
    "The cloth he chose was thick, rough and rather ugly.",
    "Hardly anyone ever asks the janitor his opinion.",
    "Cold cash can scarcely kick a stuck clock into action.",
    "She sells the same soft scarves at the central station.",
    "Three thousand thick thistles grew through the path.",
    "Whoever owns the yellow umbrella should fetch it now.",
    "An apple a day may keep the family physician away.",
    "I knew you would invite a few nephews to the zoo.",
    "Pull the rope, lower the boom and empty the pump.",
    "He came, he saw a problem, and he simply put it away.",
)

# Frames filled from the word lists below: {n} noun, {v} verb (past), {a} adjective, {p} place.
TEMPLATES: tuple[str, ...] = (
    "The {a} {n} {v} the {n}.",
    "My {n} {v} a {a} {n} {p}.",
    "Who {v} the {n} {p}?",
    "I never {v} such a {a} {n}.",
    "{p}, a {a} {n} and a {a} {n} {v} us.",
    "Put the {n} and the {n} {p}, please.",
    "We {v} them, but the {n} was {a}.",
    "{a} {n}, {a} {n}, {a} {n}.",
    "Maybe the {n} {v} him because of the {n}.",
    "Is that your {a} {n} or a {n}?",
    "They {v} it again and again {p}.",
    "No {n}. Only a {n}, and a very {a} one.",
    "You can not have the {n} before the {n}.",
    "If the {n} is {a}, the {n} will be {a} too.",
)
_NOUNS_TEXT = """
apple arm baby back bag ball banana bank barn beam bear bed bee bell bird boat bob bomb book boom boot bottle box
boy branch bread bridge broom brother bubble bus button cab cake camera camp cap captain car cat chair chamber
chapel cheese church climb clock cloud club coffee comb company cook cow crumb cup dam dawn day desk dog door drum
duck ear egg elephant engine evening eye face family farm father feather film finger fish flame flower fly foam fog
food foot forest fork fox frame friend frog fruit game garden ghost giant girl glove goat gold grape group gum guy
hair ham hammer hand harp hat hawk heap home hope horse house hut ice island jam jeep job journey judge juice jump
key king knife lamb lamp leaf leg lemon letter light limb lion lip log lump machine magnet man map market mask meal
member memory method milk mirror model moment money monkey month moon mop morning mother motor mouse mouth movie
music nail name napkin neck night noise noon nose number nurse oak ocean oil onion orange oven owl page palm pan
panda paper park pepper phone piano pie pig pillow pipe plan plum poem pond pool pope potato power prince problem
proof puppet purple queen question rabbit rain ribbon ring river road robe robot room root rope rose ruby rumour
salt sand school sea sheep ship shoe shop shower sign singer sky smoke snake snow soap song soup spoon star steam
stone storm stove street sugar summer sun supper swim table tape team thief thing thumb tiger time tomb tongue tool
tooth tower town toy train tree trip trumpet tub tulip turnip uncle valley vapour vase verb village violin voice
wave web whip wife wind window wing winter wolf woman wood wool word world worm yard year yoghurt zebra zoo
"""
NOUNS: tuple[str, ...] = tuple(_NOUNS_TEXT.split())
_VERBS_TEXT = """
moved bumped kept loved made met saw took gave bought brought caught chose climbed combed copied covered dropped
drove felt fixed followed forgave found grabbed heard helped hid hopped jumped kicked knew laughed left lifted
liked lost mapped missed named needed opened painted passed patted picked placed planned pulled pumped pushed
remembered reached robbed saved sewed shaped showed skipped sold stopped swept thanked threw touched trapped tried
turned used viewed wanted washed watched weighed whipped wiped woke wore wrapped wrote
"""
VERBS: tuple[str, ...] = tuple(_VERBS_TEXT.split())
_ADJECTIVES_TEXT = """
able ample awful bad big black blue bold brave brief bright broken brown calm cheap clean clever cold common cool
cosy damp dark deep dim dumb dumpy empty fair famous fat few final firm flat foggy foul full funny gloomy golden
good green grey happy heavy hollow huge humble ill jumpy kind lame large lazy little long loose lovely low lumpy
mad mean mild moody narrow new nice noble odd old open pale plain plump poor proud pure purple quick quiet ripe
rough round royal sharp shy simple slim slow smooth soft sour steep strange strong sweet tame thick thin tiny top
true ugly vague vain very violet warm weak wet white wide wild wise wrong yellow young
"""
ADJECTIVES: tuple[str, ...] = tuple(_ADJECTIVES_TEXT.split())
PLACES: tuple[str, ...] = (
    "at home", "by the pub", "in the garden", "on the map", "behind a barn", "before noon", "after supper",
    "near the pump", "in the middle of May", "from above", "without a reason", "every morning", "on top of the hill",
    "under the moon", "last week", "in Memphis", "for five minutes", "between two poems", "all night long",
)  # fmt: skip

OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "de": (
        "Meine Mutter backt am Abend einen Apfelkuchen.", "Bitte bring mir bloß die blaue Lampe mit.",
        "Fünf Vögel fliegen über den Fluss.", "Wir wohnen im Moment in einem hübschen Dorf.",
        "Möchtest du noch ein bisschen Suppe probieren?", "Die Bäume am Bach bewegen sich im Wind.",
        "Das Wetter war wunderbar, aber niemand kam.", "Schöne Grüße an deinen Bruder und an Oma Paula.",
        "Nein, ich kann den langen Namen nicht nennen.", "Um sieben Uhr begann ein seltsames Konzert.",
    ),
    "fr": (
        "Ma maman mange une pomme avec beaucoup de beurre.", "Pouvez-vous ouvrir la porte de la petite boutique ?",
        "Le bébé boit un peu de lait chaud.", "Nous voulons voir la mer avant la fin du voyage.",
        "Il fait beau, mais le vent souffle fort.", "Où est le bouquet de fleurs bleues ?",
        "Mon ami Philippe habite à Bombay.", "Une jeune femme chante une chanson inconnue.",
        "Bonjour, combien coûte ce parapluie ?", "Jamais je ne pourrais oublier ce moment.",
    ),
    "es": (
        "Mi mamá compra pan y manzanas para Pepe.", "El bebé bebe un vaso de agua por la mañana.",
        "Vamos a la playa con nuestros amigos.", "¿Por qué no puedes venir mañana?",
        "La familia vive en un pueblo muy pequeño.", "Un hombre bueno nunca olvida su nombre.",
        "Los pájaros cantan en el bosque oscuro.", "Me gusta mucho la música de ese lugar.",
        "Cinco gatos duermen encima del sofá.", "Bueno, ahora empieza lo más importante.",
    ),
    "it": (
        "La mamma prepara una buona zuppa per il bambino.", "Vorrei comprare un libro molto bello.",
        "Il mio amico abita vicino al fiume.", "Buongiorno, come posso aiutarla?",
        "Il gatto bianco dorme sopra il divano.", "Domani mattina partiamo per Napoli.",
        "Che bel tempo, usciamo a passeggiare!", "Non capisco una sola parola di questa poesia.",
        "Un uomo povero aprì la porta piano piano.", "Le campane suonano ogni sera alle sei.",
    ),
    "pt": (
        "Minha mãe comprou um bolo bom para a festa.", "O pato bebe água no campo.",
        "Vamos embora antes que chova muito.", "Uma boa amizade nunca acaba.",
        "Você pode abrir a porta, por favor?", "O homem velho mora numa casa amarela.",
        "Eu gosto de música popular brasileira.", "Amanhã começa um novo tempo.",
    ),
    "nl": (
        "Mijn moeder bakt op maandag brood en appeltaart.", "Wij wonen in een mooi dorp bij de molen.",
        "Kun je morgen bij mij komen eten?", "De boer ploegt voort op zijn veld.",
        "Vijf jonge vogels vliegen over het water.", "Ik heb vanmiddag een boek gekocht.",
    ),
    "pl": (
        "Moja mama piecze bardzo dobry chleb.", "Proszę podać mi białą filiżankę.",
        "Wczoraj wieczorem padał mocny deszcz.", "Mały pies biegnie po mokrym polu.",
        "Bardzo lubię muzykę i dobre filmy.", "Kupiłem pięć jabłek i bochenek chleba.",
    ),
    "sv": (
        "Min mamma bakar bröd på morgonen.", "Vi bor i en liten by vid havet.",
        "Kan du öppna fönstret lite mer?", "Fem vita fåglar flyger över vattnet.",
        "Pappa köpte en ny blå bil.", "Sommaren är alldeles för kort.",
    ),
    "ru": (
        "Моя мама покупает белый хлеб и молоко.", "Папа был дома вчера вечером.",
        "Мы любим музыку и старые фильмы.", "Большая собака бежала по мокрому полю.",
        "Почему ты не пришёл в понедельник?", "Пять белых птиц летят над водой.",
    ),
    "cmn-latn-pinyin": (
        "wo3 ma1 ma5 mai3 le5 ping2 guo3 he2 mian4 bao1.", "ni3 hao3, ni3 jiao4 shen2 me5 ming2 zi5?",
        "ba4 ba5 ming2 tian1 bu4 neng2 lai2.", "wo3 men5 zai4 bei3 jing1 mai3 piao4.",
        "qing3 ba3 men2 da3 kai1.", "feng1 hen3 da4, fang2 zi5 hen3 leng3.",
        "peng2 you5 men5 dou1 xi3 huan1 yin1 yue4.", "bu2 yao4 wang4 le5 wo3 de5 mao4 zi5.",
        "ta1 shuo1 de5 hua4 wo3 bu4 ming2 bai2.", "jin1 tian1 wan3 shang4 chi1 shen2 me5?",
    ),
    "ja": (
        "まいにち あさごはんに パンを たべます。", "ぼくは えいがを みるのが すきです。",
        "あめが ふっているから かさを もっていこう。", "みんなで うみへ いきましょう。",
        "この ほんは とても おもしろいです。", "でんわばんごうを おしえてください。",
    ),
    "hi": (
        "मेरी माँ बाज़ार से फल लाती है।", "पापा कल शाम को घर पर थे।", "मुझे संगीत बहुत पसंद है।",
        "बच्चे मैदान में खेल रहे हैं।", "आप का नाम क्या है?",
    ),
    "tr": (
        "Annem pazardan elma ve ekmek aldı.", "Bugün hava çok güzel, parka gidelim.",
        "Benim küçük köpeğim bahçede uyuyor.", "Beş beyaz kuş suyun üstünde uçuyor.",
        "Kapıyı açabilir misiniz, lütfen?",
    ),
    "cs": (
        "Moje maminka peče bílý chléb.", "Pět ptáků letí nad vodou.", "Prosím, podejte mi modrou mapu.",
        "Včera večer pršelo po celém městě.", "Mám rád hudbu a staré filmy.",
    ),
}  # fmt: skip
