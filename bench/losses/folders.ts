/** A question with its answer, and the words of the document at `path` that say it. */
export type Asked = { path: string; question: string; answer: string; quote: string };

/** A page of a PDF: its heading, then its paragraphs. */
export type Page = readonly [heading: string, ...paragraphs: string[]];

/**
 * A folder of documents of one small organisation, and in it what can be lost: a row of a table, a page or a file, a
 * section under its heading, a page of a PDF.
 */
export type Folder = {
  name: string;
  files: Record<string, string>;
  pdf: { path: string; pages: readonly Page[] };
  /** Cut in two by chunks of so many tokens. */
  table: Asked & { chunkTokens: number };
  /** Left out: the file is deleted, the app's sources do not match it, or the PDF is written without its last page. */
  leftOut: Asked & ({ how: "deleted" | "last page" } | { how: "sources"; sources: string });
  /** The section under `heading`, which is made long. */
  section: Asked & { heading: string };
  /** On page `page` of the PDF, counted from 1. `range`: what the example says of the place that cannot be read. */
  scanned: Omit<Asked, "path"> & {
    page: number;
    range: "first character" | "past the end" | "as in the text" | "whole text";
  };
};

export const folders: readonly Folder[] = [
  {
    name: "baths",
    files: {
      "docs/opening.md": `# Opening times

## Summer

From May to August the outdoor pool opens at seven in the morning. It closes at nine in the evening.

## Winter

From September to April only the indoor pool is open, from eight in the morning.

## Thunder

When thunder is heard everybody leaves the water. The pool opens again thirty minutes after the last thunder.
`,
      "docs/lessons.md": `# Swimming lessons

## Groups

A lesson has at most nine children. The teacher stays in the water with beginners.

## Missed lessons

A missed lesson can be taken later in the same month if the office knows of it by noon.

## Badges

The otter badge is given to children who swim two hundred metres without a rest.
`,
      "docs/hire.md": `# Hire at Brookside Baths

## Lockers

A locker is hired for the day for one euro. The deposit for the key is four euros.

## Towels

A towel is hired for three euros. The deposit for a towel is eight euros.

## Parasols

A parasol is hired for six euros. The deposit for a parasol is fifteen euros.

## Swim rings

A swim ring is hired for two euros. There is no deposit for a swim ring.

## Lanes

A lane is hired by clubs for forty euros an hour. The deposit for a lane is one hour's hire.

## Party room

The party room is hired for ninety euros. The deposit for the party room is seventy euros.

## Deckchairs

A deckchair is hired for five euros. The deposit for a deckchair is ten euros.
`,
      "docs/water.md": `# Water

| Basin | Depth and temperature | Who may use it, and what is measured there each day |
| --- | --- | --- |
| Learner basin | The water is ninety centimetres deep and kept at thirty-one degrees | Children under eight with a grown-up; chlorine is measured every two hours by the attendant |
| Sports basin | The water is two metres deep and kept at twenty-six degrees | Swimmers who can swim fifty metres; chlorine is measured every four hours by the engineer |
| Diving basin | The water is four metres deep and kept at twenty-four degrees | Divers with a badge; chlorine is measured every five hours by the engineer |
`,
      "docs/lost-property.txt": `Lost property

Things that are found are kept in the office for six weeks. After that they are given to the charity shop in Mill Lane.

Keys are handed to the police on the next working day.
`,
    },
    pdf: {
      path: "docs/safety.pdf",
      pages: [
        ["Safety at the baths", "Every attendant holds a lifesaving certificate, which is renewed each spring."],
        ["First aid", "The first aid box hangs beside the showers. The attendant on duty checks it on Mondays."],
        [
          "Alarm",
          "The alarm horn sounds three times. After the alarm everybody gathers at the flagpole behind the car park.",
        ],
        ["Chemicals", "Chlorine drums are stored in the locked cellar. Only the engineer has a key to the cellar."],
      ],
    },
    table: {
      path: "docs/water.md",
      question: "How often is chlorine measured in the diving basin?",
      answer: "every five hours",
      quote:
        "| Diving basin | The water is four metres deep and kept at twenty-four degrees | Divers with a badge; chlorine is measured every five hours by the engineer |",
      chunkTokens: 24,
    },
    leftOut: {
      path: "docs/lost-property.txt",
      question: "How long are things that are found kept in the office?",
      answer: "six weeks",
      quote: "Things that are found are kept in the office for six weeks.",
      how: "sources",
      sources: "./docs/*.{md,pdf}",
    },
    section: {
      path: "docs/hire.md",
      heading: "Party room",
      question: "What is the deposit for the party room?",
      answer: "seventy euros",
      quote: "The deposit for the party room is seventy euros.",
    },
    scanned: {
      page: 3,
      range: "first character",
      question: "Where does everybody gather after the alarm?",
      answer: "at the flagpole behind the car park",
      quote: "After the alarm everybody gathers at the flagpole behind the car park.",
    },
  },
  {
    name: "workshop",
    files: {
      "docs/welcome.md": `# The bicycle workshop

## Who may come

Everybody may mend a bicycle here. Tools are lent against a name in the book.

## Quiet hour

Between one and two nothing is hammered, for the neighbours' children sleep.

## Children

Children under twelve work with a grown-up beside them.
`,
      "docs/wheels.md": `# Wheels

## Tubes

A tube with more than three patches is thrown away. Patches need five minutes to dry.

## Spokes

A spoke is tightened by a quarter of a turn at a time. The rim may run out by one millimetre.

## Tyres

A tyre is changed when the blue layer under the tread can be seen.
`,
      "docs/guarantee.md": `# Guarantee of the workshop

## Brakes

Work on brakes is guaranteed for twelve months. Brake pads are not covered by the guarantee.

## Gears

Work on gears is guaranteed for six months. Gear cables are not covered by the guarantee.

## Frames

Work on frames is guaranteed for five years. Paint is not covered by the guarantee.

## Lamps

Work on lamps is guaranteed for eight months. Bulbs are not covered by the guarantee.

## Saddles

Work on saddles is guaranteed for ten weeks. Leather is not covered by the guarantee.

## Trailers

Work on trailers is guaranteed for eighteen months. The canvas hood is not covered by the guarantee.

## Bells

Work on bells is guaranteed for four weeks. Springs are not covered by the guarantee.
`,
      "docs/grease.md": `# Grease and oil

| Part | Product that is used, and how it is put on | When it is done again, and who may do it |
| --- | --- | --- |
| Chain | Thin oil, one drop on each link from the inside while the pedals are turned backwards | After two hundred kilometres or a ride in the rain; every visitor may do it |
| Hub | White grease, pressed in with the small gun until clean grease comes out at the seal | After eight thousand kilometres; only the mechanic with the yellow apron may do it |
| Headset | Green grease, spread on both rings by finger after they were wiped with a dry cloth | After three winters; every visitor may do it |
`,
      "docs/paint.md": `# Painting

## Booth

The paint booth is used by one person at a time. The fan runs for twenty minutes after the last coat.

## Colours

Left-over paint stands on the lower shelf and is free.
`,
    },
    pdf: {
      path: "docs/tools.pdf",
      pages: [
        ["Tools", "Each tool has a number. The number is written in the book when the tool is lent."],
        [
          "Torque wrench",
          "The torque wrench is set back to zero after use. It is calibrated every October by Mr Haddad.",
        ],
        [
          "Bench grinder",
          "The bench grinder is used with goggles and without gloves. Its stone is dressed on Fridays.",
        ],
        ["Welding set", "The welding set may be used after a course of two evenings. The course is held in the barn."],
        ["Compressor", "The compressor is drained every Saturday evening. Its pressure stays below seven bar."],
      ],
    },
    table: {
      path: "docs/grease.md",
      question: "When is the grease of the hub done again?",
      answer: "After eight thousand kilometres",
      quote:
        "| Hub | White grease, pressed in with the small gun until clean grease comes out at the seal | After eight thousand kilometres; only the mechanic with the yellow apron may do it |",
      chunkTokens: 20,
    },
    leftOut: {
      path: "docs/paint.md",
      question: "How long does the fan of the paint booth run after the last coat?",
      answer: "twenty minutes",
      quote: "The fan runs for twenty minutes after the last coat.",
      how: "deleted",
    },
    section: {
      path: "docs/guarantee.md",
      heading: "Trailers",
      question: "How long is work on trailers guaranteed?",
      answer: "eighteen months",
      quote: "Work on trailers is guaranteed for eighteen months.",
    },
    scanned: {
      page: 2,
      range: "as in the text",
      question: "Who calibrates the torque wrench every October?",
      answer: "Mr Haddad",
      quote: "It is calibrated every October by Mr Haddad.",
    },
  },
  {
    name: "canteen",
    files: {
      "docs/meals.md": `# School meals

## Ordering

A meal is ordered by eight on the same morning. Orders for Monday are made on Friday.

## Paying

A meal costs three euros and ten cents. Families with a green card pay one euro.

## Seconds

Seconds are given from a quarter past one while there is food.
`,
      "docs/deliveries.md": `# Deliveries at the school kitchen

## Bread

Bread is delivered at six in the morning. The driver brings bread to the side door.

## Milk

Milk is delivered on Mondays and Thursdays. The driver brings milk to the cold store.

## Vegetables

Vegetables are delivered on Tuesdays at seven. The driver brings vegetables to the yard.

## Fish

Fish is delivered on Fridays before nine. The driver brings fish to the hatch by the gymnasium.

## Rice

Rice is delivered on the first working day of the month. The driver brings rice to the cellar.

## Fruit

Fruit is delivered on Wednesdays at ten. The driver brings fruit to the front desk.

## Eggs

Eggs are delivered every second Tuesday. The driver brings eggs to the larder.
`,
      "docs/allergens.md": `# Allergens

| Dish | What is in it, as the cook writes it down | What is given instead, and who must be told of it |
| --- | --- | --- |
| Lasagne | Wheat, milk and celery; the sauce is thickened with flour and may hold traces of mustard | Rice noodles with tomato sauce; the class teacher must be told in the morning |
| Fish pie | Haddock, milk and butter; the crust is brushed with egg and may hold traces of shrimps | Potato pie with leeks; the school nurse must be told on the day before |
| Dumplings | Soya and sesame; the broth is made with celery and may hold traces of peanuts | Steamed carrots with millet; the head cook must be told a week before |
`,
      "docs/kitchen.md": `# The kitchen

## Clothes

Aprons are washed at sixty degrees. Hair is covered, beards too.

## Temperatures

Hot food is kept above sixty-five degrees. Food that was below it for two hours is thrown away.

## Leftovers

Leftovers go to the farm in Elm Road on Wednesdays and Fridays.
`,
      "docs/trips/packed-lunch.md": `# Packed lunches for trips

A packed lunch is ordered ten days before the trip. It holds two rolls, an apple and a bottle of water.

Packed lunches are fetched at the hatch by the class's two helpers.
`,
    },
    pdf: {
      path: "docs/hygiene.pdf",
      pages: [
        ["Hygiene plan", "The hygiene plan is read aloud to new helpers on their first day."],
        ["Hands", "Hands are washed for thirty seconds. Rings and watches are left in the blue tray."],
        ["Samples", "A sample of each dish is frozen. Samples are kept for fourteen days in the small freezer."],
        ["Pests", "Traps are looked at on the first of the month. Mrs Okafor writes the results in the red folder."],
      ],
    },
    table: {
      path: "docs/allergens.md",
      question: "What is given instead of the dumplings?",
      answer: "Steamed carrots with millet",
      quote:
        "| Dumplings | Soya and sesame; the broth is made with celery and may hold traces of peanuts | Steamed carrots with millet; the head cook must be told a week before |",
      chunkTokens: 16,
    },
    leftOut: {
      path: "docs/trips/packed-lunch.md",
      question: "How many days before the trip is a packed lunch ordered?",
      answer: "ten days before the trip",
      quote: "A packed lunch is ordered ten days before the trip.",
      how: "sources",
      sources: "./docs/*.*",
    },
    section: {
      path: "docs/deliveries.md",
      heading: "Fish",
      question: "Where does the driver bring the fish?",
      answer: "to the hatch by the gymnasium",
      quote: "The driver brings fish to the hatch by the gymnasium.",
    },
    scanned: {
      page: 4,
      range: "as in the text",
      question: "Who writes the results of the traps in the red folder?",
      answer: "Mrs Okafor",
      quote: "Mrs Okafor writes the results in the red folder.",
    },
  },
  {
    name: "hut",
    files: {
      "docs/nights.md": `# Nights at the hut

## Beds

A bed in the dormitory costs twenty-four euros. Members of the club pay half.

## Quiet

Lamps are put out at ten in the evening. Who leaves before dawn packs the evening before.

## Dogs

Dogs sleep in the wood shed. The warden lends a blanket.
`,
      "docs/paths.md": `# Paths from the hut

## To the lake

The path to the lake takes forty minutes. It is marked with white dots.

## To the pass

The path to the pass takes three hours. Snow lies there until the middle of June.

## To the valley

The path to the valley takes two hours and a half. The bridge carries four people at a time.

## To the summit

The path to the summit takes five hours. It is marked with red dots.

## To the glacier

The path to the glacier takes four hours. It is marked with blue poles.

## To the chapel

The path to the chapel takes seventy minutes. It is marked with yellow arrows.

## To the mine

The path to the mine takes fifty minutes. It is marked with green signs.
`,
      "docs/stores.md": `# Stores

| Thing | Where it is kept, and how much there must be | When it is brought up, and by whom |
| --- | --- | --- |
| Firewood | Under the north roof, split and dry, eleven stacks at the end of September | In the second week of July by the foresters with two mules |
| Gas bottles | In the steel cage behind the wash house, at least six that are full | In the first week of every month by the helicopter from Sankt Veit |
| Potatoes | In the rock cellar under sacking, two hundred kilos at the start of the season | In the last week of May by the warden's cousin with his tractor |
`,
      "docs/water.md": `# Water at the hut

## Spring

The spring is covered with a stone slab. The filter is changed in April.

## Showers

A shower takes three minutes and costs four euros. In dry weeks the showers are closed.
`,
      "docs/winter.md": `# Winter room

## Key

The key of the winter room hangs at the post office in the valley. Its deposit is fifty euros.

## Stove

The stove is cleaned before leaving. Ash goes into the tin bucket.
`,
    },
    pdf: {
      path: "docs/rescue.pdf",
      pages: [
        ["Rescue", "The warden leads the rescue until the mountain guard arrives."],
        ["Radio", "The radio stands in the kitchen. The mountain guard listens on channel fourteen."],
        ["Stretcher", "The stretcher is kept in the loft above the stable. Six people carry it in turns."],
        ["Avalanches", "After new snow the bell is rung at noon. Nobody leaves the hut for the gully that day."],
        ["Fog", "In fog the warden blows the horn every ten minutes until all guests are back."],
      ],
    },
    table: {
      path: "docs/stores.md",
      question: "How many potatoes must be there at the start of the season?",
      answer: "two hundred kilos",
      quote:
        "| Potatoes | In the rock cellar under sacking, two hundred kilos at the start of the season | In the last week of May by the warden's cousin with his tractor |",
      chunkTokens: 12,
    },
    leftOut: {
      path: "docs/rescue.pdf",
      question: "How often does the warden blow the horn in fog?",
      answer: "every ten minutes",
      quote: "In fog the warden blows the horn every ten minutes until all guests are back.",
      how: "last page",
    },
    section: {
      path: "docs/paths.md",
      heading: "To the chapel",
      question: "How long does the path to the chapel take?",
      answer: "seventy minutes",
      quote: "The path to the chapel takes seventy minutes.",
    },
    scanned: {
      page: 3,
      range: "past the end",
      question: "Where is the stretcher kept?",
      answer: "in the loft above the stable",
      quote: "The stretcher is kept in the loft above the stable.",
    },
  },
  {
    name: "choir",
    files: {
      "docs/rehearsals.md": `# Rehearsals

## Time

The choir rehearses on Tuesdays at half past seven. The doors are locked at eight.

## Absence

Who cannot come tells the section leader by Monday evening.

## Pencils

Notes are made with a soft pencil and rubbed out after the concert.
`,
      "docs/sections.md": `# Leaders of the choir

## Sopranos

The sopranos are led by Ms Lindqvist. She keeps the sopranos' scores in the tall cupboard.

## Altos

The altos are led by Ms Ferreira. She keeps the altos' scores in the oak chest.

## Tenors

The tenors are led by Mr Achterberg. He keeps the tenors' scores in the vestry.

## Basses

The basses are led by Mr Olawale. He keeps the basses' scores in the piano stool.

## Children

The children are led by Ms Tanaka. She keeps the children's scores in the music room.

## Soloists

The soloists are led by Mr Petrov. He keeps the soloists' scores in his own house.

## Players

The players are led by Ms Nowak. She keeps the players' scores in the organ loft.
`,
      "docs/concerts.md": `# Concerts

| Concert | Hall, and what the choir pays for it | What is worn, and when singers must be there |
| --- | --- | --- |
| Spring | Town hall, three hundred euros with the heating and without the piano tuner | White shirts and green scarves; singers must be there at a quarter to five |
| Summer | Castle yard, nothing, but the choir puts up and takes down four hundred chairs | Straw hats and light shoes; singers must be there at twenty past six |
| Advent | Saint Clement's church, one hundred and fifty euros, candles included | Black coats and red gloves; singers must be there at ten past three |
`,
      "docs/money.md": `# Money

## Fees

Members pay eight euros a month. Students pay three.

## Travel

The choir pays half of a train ticket to a concert. Car parks are not paid.
`,
      "docs/robes.md": `# Robes

## Cleaning

Robes are cleaned in January and in July. The laundry in Weaver Street gives the choir a fifth off.

## Repairs

Torn hems are mended by the robe keeper within nine days.
`,
    },
    pdf: {
      path: "docs/statutes.pdf",
      pages: [
        ["Statutes", "The choir was founded in 1951. Its seat is in Marlow Bridge."],
        ["Members", "A member may be put out by two thirds of the votes. Votes are given in writing."],
        ["Board", "The board has five members. It is elected for three years at the meeting in November."],
        ["Treasurer", "The treasurer shows the books to two auditors. The auditors are drawn by lot."],
        ["End of the choir", "If the choir ends, its money goes to the hospital of Marlow Bridge."],
        ["Changes", "These statutes are changed by three quarters of the votes."],
      ],
    },
    table: {
      path: "docs/concerts.md",
      question: "When must singers be there for the Advent concert?",
      answer: "at ten past three",
      quote:
        "| Advent | Saint Clement's church, one hundred and fifty euros, candles included | Black coats and red gloves; singers must be there at ten past three |",
      chunkTokens: 18,
    },
    leftOut: {
      path: "docs/robes.md",
      question: "Within how many days are torn hems mended by the robe keeper?",
      answer: "within nine days",
      quote: "Torn hems are mended by the robe keeper within nine days.",
      how: "deleted",
    },
    section: {
      path: "docs/sections.md",
      heading: "Tenors",
      question: "Where are the tenors' scores kept?",
      answer: "in the vestry",
      quote: "He keeps the tenors' scores in the vestry.",
    },
    scanned: {
      page: 5,
      range: "whole text",
      question: "Where does the money go if the choir ends?",
      answer: "to the hospital of Marlow Bridge",
      quote: "If the choir ends, its money goes to the hospital of Marlow Bridge.",
    },
  },
];
