//! The contracts HTTP-1 to HTTP-10 of both `HttpClient` ports, over real sockets that misbehave byte by byte.
//!
//! [`http_contract!`](crate::http_contract) and [`blocking_http_contract!`](crate::blocking_http_contract) make one
//! test of every case. The cases are public functions, for suites that are put together otherwise.
#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

mod answers;
mod certificate;
mod failures;
mod guard;
mod private;
mod server;
mod subject;
mod time;
mod trust;
mod vectors;

pub use answers::*;
pub use failures::*;
pub use guard::*;
pub use private::*;
pub use subject::{Setup, Subject};
pub use time::*;
pub use trust::*;
pub use vectors::{Outcome, http_vectors, replay};

/// Makes one test of every HTTP contract for an asynchronous client.
///
/// Takes a function from [`Setup`] to the client. The crate needs nothing but this one.
#[macro_export]
macro_rules! http_contract {
    ($make:expr) => {
        $crate::__http_cases!($crate::contract::http::Subject::asynchronous($make));

        #[test]
        fn http_10_a_dropped_call_closes_its_connection() {
            $crate::contract::http::http_10_a_dropped_call_closes_its_connection($make);
        }
    };
}

/// Makes one test of every HTTP contract for a blocking client.
///
/// Takes a function from [`Setup`] to the client.
#[macro_export]
macro_rules! blocking_http_contract {
    ($make:expr) => {
        $crate::__http_cases!($crate::contract::http::Subject::blocking($make));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __http_cases {
    ($subject:expr) => {
        $crate::__http_cases! { $subject;
            http_vectors
            http_01_any_status_is_an_answer
            trq_05_a_redirect_is_an_answer_and_not_followed
            c_64_a_307_to_another_origin_forwards_nothing
            c_75_a_redirect_of_an_api_forwards_no_token
            http_03_one_call_is_one_request_and_one_connection
            trq_07_a_request_is_not_repeated_when_the_connection_breaks
            http_04_an_endless_body_is_cut_off
            http_04_a_body_of_just_the_cap_passes
            http_04_a_gzip_bomb_is_cut_off
            http_04_an_endless_compressed_body_is_cut_off
            http_04_endless_headers_are_cut_off
            http_05_a_passed_guard_opens_no_connection
            http_05_a_guard_that_passes_during_the_handshake_holds_the_request_back
            http_05_the_guard_is_judged_last_before_the_first_byte
            http_05_a_standing_guard_lets_the_request_through
            http_06_a_silent_provider_ends_in_time
            http_06_dripping_headers_end_in_time
            http_06_a_dripping_body_ends_in_time
            http_06_a_stalled_handshake_ends_in_time
            cfg_03_plain_http_is_refused
            cfg_04_loopback_is_judged_by_the_parser
            http_07_loopback_in_the_clear_needs_its_name
            http_07_a_trusted_certificate_passes
            http_07_a_client_certificate_is_shown
            cfg_05_a_self_signed_certificate_is_refused
            cfg_05_a_wrong_host_name_is_refused
            cfg_06_tls_1_1_is_refused
            met_07_a_client_for_public_addresses_connects_to_no_other
            met_07_what_a_name_leads_to_is_judged_by_its_addresses
            http_08_what_never_left_is_certainly_not_processed
            http_08_what_was_written_may_be_processed
            http_08_a_body_without_an_end_over_tls_is_broken
        }
    };
    ($subject:expr; $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                $crate::contract::http::$case(&$subject);
            }
        )*
    };
}
