//! Parsing and rendering. Private: what these files know is not part of the interface.

mod digest;
pub(crate) mod endpoint;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod retry_after;
pub(crate) mod token_request;
pub(crate) mod token_response;

pub(crate) use digest::digest;
