//! What the pages of an archive file are read with. It stands at the beginning of the file itself, as
//! the source's file or as what an import was told, so that pages and how they were understood are
//! kept, moved and proved together, whatever becomes of the database or the source's file.

use super::offers::PageContext;
use crate::failure::Failure;
use crawler::archive::{Archive, ArchiveFile, read_circumstances};
use model::Source;
use serde::{Deserialize, Serialize};

const SOURCE_FILE: &str = "application/toml";
const IMPORT: &str = "application/json";

/// What pages are read with.
#[derive(Debug, Clone)]
pub(super) struct Circumstances {
    /// The source they are filed under.
    pub source_id: String,
    /// The source's file, where there is one.
    pub source: Option<Box<Source>>,
    /// Rules, facts and defaults.
    pub context: PageContext,
    /// As written at the beginning of archive files.
    content_type: &'static str,
    text: String,
}

/// What an import without a source file was told.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    source: String,
    #[serde(flatten)]
    context: PageContext,
}

impl Circumstances {
    /// Those a source's file states.
    pub fn of_source(source: &Source, text: &str) -> Circumstances {
        Circumstances {
            source_id: source.id.clone(),
            context: PageContext::of(source),
            source: Some(Box::new(source.clone())),
            content_type: SOURCE_FILE,
            text: text.to_owned(),
        }
    }

    /// Those an import was told.
    pub fn told(source_id: &str, context: PageContext) -> Result<Circumstances, Failure> {
        let told = Told { source: source_id.to_owned(), context };
        let text = serde_json::to_string_pretty(&told)
            .map_err(|e| Failure::bug(format!("the settings of an import cannot be written down: {e}")))?;
        let source_id = told.source;
        Ok(Circumstances { source_id, source: None, context: told.context, content_type: IMPORT, text })
    }

    /// Has every file of an archive begin with them.
    pub fn open(&self, archive: Archive) -> Archive {
        archive.circumstances(self.content_type, &self.text)
    }

    /// Those an archive file begins with; `None` for files of before they were kept.
    ///
    /// # Errors
    /// A sentence: the file is damaged there, or this program cannot read what stands there.
    pub fn of_file(file: &mut ArchiveFile) -> Result<Option<Circumstances>, String> {
        let Some((content_type, text)) = read_circumstances(file).map_err(|e| e.to_string())? else {
            return Ok(None);
        };
        let name = file.path().display().to_string();
        if content_type == IMPORT {
            let told: Told = serde_json::from_str(&text)
                .map_err(|e| format!("what {name} says its pages are read with is not understood: {e}"))?;
            return Circumstances::told(&told.source, told.context).map(Some).map_err(|f| f.message);
        }
        let source = crawler::source_file::parse(&text, &format!("the source file in {name}"))
            .map_err(|e| e.to_string())?;
        Ok(Some(Circumstances::of_source(&source, &text)))
    }

    /// Whether two are the same, letter by letter.
    pub fn same_as(&self, other: &Circumstances) -> bool {
        self.content_type == other.content_type && self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_comes_back_from_the_archive() {
        let dir = tempfile::tempdir().unwrap();
        let mut context = PageContext { currency: "EUR".parse().ok(), ..PageContext::default() };
        context.facts.decimal_separator = Some(',');
        context.rules.product_paths = vec!["/p/".to_owned()];
        let told = Circumstances::told("saved", context).unwrap();
        let at = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut archive = told.open(Archive::open(dir.path(), "saved", at).unwrap());
        let place = archive.write_resource("file:///a.html", b"a", None, at).unwrap();
        drop(archive);
        let mut file = ArchiveFile::open(dir.path(), &place.file).unwrap();
        let back = Circumstances::of_file(&mut file).unwrap().unwrap();
        assert!(back.same_as(&told));
        assert_eq!((back.source_id.as_str(), back.context.currency), ("saved", "EUR".parse().ok()));
        assert_eq!(back.context.facts.decimal_separator, Some(','));
        // A file without them, of an archive that was opened otherwise.
        let mut archive = Archive::open(dir.path(), "bare", at).unwrap();
        let place = archive.write_resource("file:///a.html", b"a", None, at).unwrap();
        drop(archive);
        let mut file = ArchiveFile::open(dir.path(), &place.file).unwrap();
        assert!(Circumstances::of_file(&mut file).unwrap().is_none());
    }
}
