#![doc = include_str!("../README.md")]

mod answer;
mod beginning;
mod builder;
mod cause;
mod cookie;
mod ending;
mod extract;
mod landing;
mod login;
mod marker;
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
mod start;
mod user;

pub use builder::{BuildError, LoginBuilder};
pub use cause::Cause;
pub use extract::{Account, Api, ApiError, NotLoggedIn, Refused, Visitor};
pub use login::Login;
pub use pages::{Action, Notice, Page, Said, Texts};
pub use return_to::{OpenRedirect, ReturnTo};
pub use session::Session;
pub use start::Start;
