#![doc = include_str!("../README.md")]

mod answer;
mod builder;
mod cause;
mod cookie;
mod ending;
mod extract;
mod landing;
mod login;
mod navigation;
mod outcome;
mod pages;
mod parked;
mod purges;
mod random;
mod refusal;
mod return_to;
mod room;
mod routes;
mod session;
mod site;

pub use builder::{BuildError, LoginBuilder};
pub use cause::Cause;
pub use extract::{Api, ApiError, NotLoggedIn};
pub use login::Login;
pub use return_to::{OpenRedirect, ReturnTo};
pub use session::Session;
