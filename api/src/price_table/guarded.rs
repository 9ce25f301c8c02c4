//! What happens where a step of reading panics. In the format's own crate it is a broken file, of which it takes
//! too much for granted; anywhere else it is a fault of this program, and is told as one.

use crate::failure::words_of;
use crate::import::ImportError;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs a step of the format's crate alone.
pub(super) fn of_crate<T, E: From<ParquetError>>(step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let contradiction = |_| Err(ParquetError::General("its pages contradict each other".to_owned()).into());
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(contradiction)
}

/// The pages that the format's crate reads.
pub(super) struct Pages<R>(pub R);

impl<R: PageReader> Iterator for Pages<R> {
    type Item = Result<Page, ParquetError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<R: PageReader> PageReader for Pages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        of_crate(|| self.0.get_next_page())
    }
    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        of_crate(|| self.0.peek_next_page())
    }
    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        of_crate(|| self.0.skip_next_page())
    }
    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        of_crate(|| self.0.at_record_boundary())
    }
}

/// Reads a file; where that panics it is a fault of this program.
pub(super) fn whole<T>(path: &Path, read: impl FnOnce() -> Result<T, ImportError>) -> Result<T, ImportError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|panic| Err(fault(&path.display().to_string(), None, words_of(&*panic).to_owned())))
}

/// A fault of this program, while it read a row group if one is named.
pub(super) fn fault(file: &str, group: Option<usize>, problem: String) -> ImportError {
    let place = group.map(|group| format!(" at row group {group}")).unwrap_or_default();
    ImportError::Fault { file: file.to_owned(), place, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Breaking;
    impl Iterator for Breaking {
        type Item = Result<Page, ParquetError>;
        fn next(&mut self) -> Option<Self::Item> {
            unreachable!("asked by page")
        }
    }
    impl PageReader for Breaking {
        fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
            panic!("an index of a page")
        }
        fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
            panic!("an index of a page")
        }
        fn skip_next_page(&mut self) -> Result<(), ParquetError> {
            panic!("an index of a page")
        }
    }

    #[test]
    fn a_panic_of_the_formats_crate_is_a_broken_file() {
        let mut pages = Pages(Breaking);
        let told = [
            pages.get_next_page().map(|_| ()),
            pages.peek_next_page().map(|_| ()),
            pages.skip_next_page(),
            pages.next().map_or(Ok(()), |page| page.map(|_| ())),
        ];
        assert!(told.iter().all(|outcome| outcome.as_ref().unwrap_err().to_string().contains("contradict")));
    }

    #[test]
    fn any_other_panic_is_a_fault_of_the_program() {
        let broken = |what: &'static str| whole::<()>(Path::new("list.csv"), || std::panic::panic_any(what));
        let error = broken("a table of one").unwrap_err().to_string();
        assert!(error.contains("list.csv") && error.ends_with("not of the file: a table of one"), "{error}");
        let error = whole::<()>(Path::new("a"), || panic!("at {}", 3)).unwrap_err().to_string();
        assert!(error.ends_with("at 3"), "{error}");
        let error = whole::<()>(Path::new("a"), || std::panic::panic_any(3)).unwrap_err().to_string();
        assert!(error.ends_with("no reason is known"), "{error}");
    }
}
