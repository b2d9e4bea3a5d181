//! The contract suites of the ports: one public function a numbered contract, to be run over any implementation.

pub mod http;
