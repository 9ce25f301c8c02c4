//! The OpenAPI 3.1 document.
/// The document.
pub fn document() -> serde_json::Value {
    serde_json::Value::Null
}
