/** Makes structures and search texts of contents; what the content thread does most. */
import { errorText } from '../errors.ts';
import type { ContentSource, FoundStructure, StructureAnswer } from './content-jobs.ts';
import { contentPieces } from './content-pieces.ts';
import { searchTextsOf } from './search-texts.ts';
import { StructureParser } from './structure-of.ts';

export function makeStructures(contents: readonly ContentSource[]): StructureAnswer {
  return contents.map((content) => {
    try {
      return makeStructure(content);
    } catch (error) {
      return { contentId: content.contentId, error: errorText(error) };
    }
  });
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
