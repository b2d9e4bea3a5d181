//! How cases are run: each on a runtime of several threads, or all of a port one after another.

use std::future::Future;

/// What became of one case.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The case's function.
    pub case: &'static str,
    /// `Err`: what the case found broken.
    pub result: Result<(), String>,
}

/// Runs a case on a runtime of its own that has several threads.
///
/// # Panics
/// When the case does, or no runtime can be started.
#[expect(clippy::expect_used, reason = "a test without a runtime has failed")]
pub fn block_on<T>(case: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime for the case can be started")
        .block_on(case)
}

/// Runs a case in a task of its own and catches its panic.
pub async fn outcome(case: &'static str, run: impl Future<Output = ()> + Send + 'static) -> Outcome {
    let result = tokio::spawn(run).await.map_err(|why| match why.try_into_panic() {
        Ok(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(text), _) => text.clone(),
            (None, Some(text)) => (*text).to_owned(),
            (None, None) => "it panicked".to_owned(),
        },
        Err(why) => why.to_string(),
    });
    Outcome { case, result }
}

/// Makes of the numbered cases of a module one function that runs them all, and a macro that makes a test of each.
/// The dollar sign is an argument because the inner macro has a variable of its own.
macro_rules! suite {
    ($port:literal, $store:path, $macro:ident, $module:ident, $dollar:tt, [$($case:ident),+ $(,)?]) => {
        #[doc = concat!("Runs all cases of ", $port, ", each over a place of its own, and says what became of each.")]
        pub async fn all<P>(mut place: impl FnMut() -> P) -> Vec<$crate::contract::Outcome>
        where
            P: $crate::contract::Place,
            P::Store: $store,
        {
            let mut outcomes = Vec::new();
            $({
                let place = place();
                let case = async move { $case(&place).await };
                outcomes.push($crate::contract::outcome(stringify!($case), case).await);
            })+
            outcomes
        }

        #[doc = concat!("Makes one test of each numbered contract of ", $port, ".")]
        ///
        /// Takes an expression that is evaluated once for each test and gives a
        /// [`Place`](crate::contract::Place).
        #[macro_export]
        macro_rules! $macro {
            ($dollar place:expr) => {
                $(
                    #[test]
                    fn $case() {
                        let place = $dollar place;
                        $crate::contract::block_on($crate::contract::$module::$case(&place));
                    }
                )+
            };
        }
    };
}

pub(crate) use suite;
