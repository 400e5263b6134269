"""Sentences that no voice of the training corpus ever spoke: for judging only."""

from __future__ import annotations

ENGLISH: tuple[str, ...] = (
    "My brother's baby prefers boiled beans before bed.",
    "Five vivid violets survived above the frozen river.",
    "Pamela brought home a bamboo lamp from Bombay.",
    "If Fred forgets the fifth verse, Steve will have to leave.",
    "The old bishop may yet become a member of the board.",
    "Could you move those few blue boots to the roof?",
    "He seemed deeply pleased to meet three Greek teachers.",
    "A map, a cup and a broom hung above the empty bathtub.",
    "We warned the whole world about the wolves in the wood.",
    "Even the evening train leaves from platform seven.",
    "Humble people make the simplest maps possible.",
    "Bob, stop by the lab and bring me the ample pump.",
    "Half of the staff laughed as the giraffe coughed.",
    "Ruth threw two juicy prunes into the pool.",
    "Mom and Pop often climb up that steep path.",
    "Our favourite novel vanished from the vault.",
    "Put both cups on top, but keep the pepper apart.",
    "I believe every leaf fell off before five.",
    "Gloomy movies prove too moody for Hugh.",
    "Amber remembers the bumpy camp by the swamp.",
    "The police proved that he lived above the café.",
    "Who knew that you would choose the smooth wool suit?",
    "Bernard may maim himself if he jumps from the beam.",
    "A brave chef offered veal with fresh chive butter.",
    "Please keep me posted, Peter, be it good or bad.",
    "Plum jam, a ham, and some warm bread for him.",
    "She sees these feet each week in the steam.",
    "Lava flowed over the valley before the river froze.",
    "Papa's pipe puffed while Bambi played with the ball.",
    "Go slowly, the road to Rome is broken and wet.",
)

OTHERS: dict[str, tuple[str, ...]] = {
    "de": (
        "Mein Bruder brachte Papas Pumpe aus Bamberg mit.",
        "Vier freche Füchse fanden das Brot auf dem Ofen.",
        "Die Oma möchte am Abend Pflaumen und Birnen haben.",
        "Wir wollen sieben blaue Bücher über den Fluss bringen.",
    ),
    "fr": (
        "Ma belle-mère a prêté sa pompe au petit pompier.",
        "Vous avez vu cinq fauves affamés devant la ferme.",
        "Le bébé boit beaucoup, puis il bouge ses petites mains.",
        "Où pouvons-nous trouver une bonne soupe aux choux ?",
    ),
    "es": (
        "Mi abuela compró pan, membrillo y un buen queso.",
        "El bombero subió a la bomba para beber agua.",
        "Mamá prepara un plato de papas para mi primo.",
        "Algunas familias fueron felices frente a la fuente.",
    ),
    "it": (
        "Mio babbo prepara la pappa per il bambino.",
        "Una famiglia famosa viveva vicino alla ferrovia.",
        "Abbiamo bevuto un bicchiere d'acqua prima di pranzo.",
        "Il fumo della fabbrica offusca il profumo dei fiori.",
    ),
    "pl": (
        "Moja babcia piecze pyszne bułki z makiem.",
        "Pan Paweł wyprał bluzę i popłynął promem.",
        "Wafle w fioletowej foremce wyglądają fantastycznie.",
        "Mamo, podaj mi proszę biały kubek z mlekiem.",
    ),
    "pt": (
        "Minha prima comprou um bolo bom para o bebê.",
        "O povo bebeu água na ponte ao pé da fábrica.",
        "Meu pai fez um favor à vizinha e foi embora.",
        "Uma bomba pequena parou no meio do campo.",
    ),
}
"""By eSpeak NG's language."""
