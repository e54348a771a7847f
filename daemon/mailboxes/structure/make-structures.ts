/** Makes structures and search texts of contents; what the content thread does most. */
import { errorText } from '../../errors.ts';
import type { ContentSource, FoundStructure, StructureAnswer } from '../contents/content-jobs.ts';
import { contentPieces } from '../contents/content-pieces.ts';
import { searchTextsOf } from '../search/search-texts.ts';
import { StructureParser } from './structure-of.ts';

/** Characters of JSON in one answer: a small message can have a large structure. */
const maxAnswer = 1024 * 1024;

/** Of the first of these contents, as many as fit into an answer, at least one. */
export function makeStructures(contents: readonly ContentSource[]): StructureAnswer {
  const answer: StructureAnswer[number][] = [];
  let length = 0;
  for (const content of contents) {
    if (length > maxAnswer) break;
    try {
      const found = makeStructure(content);
      length += found.structure.length;
      answer.push(found);
    } catch (error) {
      answer.push({ contentId: content.contentId, error: errorText(error) });
    }
  }
  return answer;
}

function makeStructure(content: ContentSource): FoundStructure {
  const parser = new StructureParser();
  for (const piece of contentPieces(content)) parser.write(piece);
  const structure = parser.end();
  return {
    contentId: content.contentId,
    structure: JSON.stringify(structure),
    texts: searchTextsOf(parser.header),
  };
}
