//! The model that classifies goods: the file that settings or a flag name, or the one that ships.

use crate::failure::Failure;
use crate::reading;
use normalizer::classify::Model;
use std::path::Path;
use std::sync::Arc;

/// The model of a file, or the one that ships.
pub fn open(path: Option<&Path>) -> Result<Arc<Model>, Failure> {
    let Some(path) = path else { return Model::builtin().map_err(|e| Failure::bug(e.to_string())) };
    let bytes = reading::file(path)?;
    let model = Model::from_bytes(&bytes);
    model.map(Arc::new).map_err(|e| Failure::input(format!("model {}: {e}", path.display())))
}
