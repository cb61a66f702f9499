// Reads answers with the npm package edifact, another author's reader, and prints what it made of them.
//
// Standard input is a JSON array of {version, text}; standard output a JSON array with, for each, the segments as
// [tag, element, ...], an element being an array of components, or {error}. A text is fed whole: the package loses a
// release character that ends one of several chunks.
'use strict'

const { Reader } = require('edifact')

const id = (internal) => ['an..35', 'an..4', `an..${internal}`]

// The service segments as ISO 9735 lays them out, so that the package checks counts and lengths too.
const definitions = {
  3: {
    UCI: { requires: 4, elements: ['0020', 'S002', 'S003', '0083', '0085', '0013', 'S011'] },
    UCM: { requires: 3, elements: ['0062', 'S009', '0083', '0085', '0013', 'S011'] },
    UCF: { requires: 4, elements: ['0048', 'S006', 'S007', '0083', '0085', '0013', 'S011'] },
    S002: { requires: 1, components: id(14) },
    S003: { requires: 1, components: id(14) },
    S009: { requires: 4, components: ['an..6', 'an..3', 'an..3', 'an..2', 'an..6'] },
    S011: { requires: 0, components: ['n..3', 'n..3'] }
  },
  4: {
    UCI: { requires: 4, elements: ['0020', 'S002', 'S003', '0083', '0085', '0135', 'S011', '0534', '0138'] },
    UCM: { requires: 0, elements: ['0062', 'S009', '0083', '0085', '0135', 'S011', '0800', 'S020', '0534', '0138'] },
    UCF: { requires: 4, elements: ['0048', 'S006', 'S007', '0083', '0085', '0135', 'S011', '0534', '0138'] },
    S002: { requires: 1, components: [...id(35), 'an..35'] },
    S003: { requires: 1, components: [...id(35), 'an..35'] },
    S009: { requires: 4, components: ['an..6', 'an..3', 'an..3', 'an..3', 'an..6', 'an..6', 'an..6'] },
    S011: { requires: 0, components: ['n..3', 'n..3', 'n..6'] }
  },
  all: {
    UCS: { requires: 1, elements: ['0096', '0085'] },
    UCD: { requires: 2, elements: ['0085', 'S011'] },
    UNT: { requires: 2, elements: ['0074', '0062'] },
    UNZ: { requires: 2, elements: ['0036', '0020'] },
    S006: { requires: 1, components: ['an..35', 'an..4'] },
    S007: { requires: 1, components: ['an..35', 'an..4'] },
    '0013': { requires: 0, components: ['a..3'] },
    '0135': { requires: 0, components: ['an..3'] },
    '0020': { requires: 1, components: ['an..14'] },
    '0036': { requires: 1, components: ['n..6'] },
    '0048': { requires: 1, components: ['an..14'] },
    '0062': { requires: 1, components: ['an..14'] },
    '0083': { requires: 1, components: ['an..3'] },
    '0085': { requires: 0, components: ['an..3'] },
    '0096': { requires: 1, components: ['n..6'] }
  }
}

const answers = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const read = answers.map(({ version, text }) => {
  try {
    const unow = text.includes('UNB+UNOW')
    const reader = new Reader({ autoDetectEncoding: !unow })
    if (unow) reader._parser.encoding('UNOY') // the only UTF-8 that the package knows
    reader.define(definitions.all)
    reader.define(definitions[version >= 4 ? 4 : 3])
    return reader.parse(text).map((s) => [s.name, ...s.elements])
  } catch (error) {
    return { error: error.message }
  }
})
process.stdout.write(JSON.stringify(read))
