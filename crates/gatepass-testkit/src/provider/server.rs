//! The thread that serves: accepts connections, reads requests whole, and answers them.

use super::answer::Answer;
use super::received::Received;
use super::shared::Shared;
use super::wire::Wire;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// More than this is no request of a login client.
const LARGEST_BODY: usize = 4 << 20;

#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("gatepass-provider".into()).spawn(move || {
            runtime.block_on(accept(listener, shared, stopped));
            runtime.shutdown_background();
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(
    listener: tokio::net::TcpListener,
    shared: Arc<Shared>,
    mut stopped: oneshot::Receiver<Infallible>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        if let Ok((stream, _)) = accepted {
            let _ = stream.set_nodelay(true);
            tokio::spawn(serve(Wire::new(stream), Arc::clone(&shared)));
        }
    }
}

async fn serve(wire: Wire, shared: Arc<Shared>) {
    let hyper_side = wire.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        // A task of its own: a request that has arrived is worked on even when its client has gone.
        let working = tokio::spawn(respond(request, wire.clone(), Arc::clone(&shared)));
        async move { working.await.map_err(|_| Cut).and_then(|answered| answered) }
    });
    let _ = http1::Builder::new().serve_connection(hyper_side, service).await;
}

async fn respond(
    request: Request<Incoming>,
    wire: Wire,
    shared: Arc<Shared>,
) -> Result<Response<Whole>, Cut> {
    let (head, mut body) = request.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.map_err(|_| Cut)?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > LARGEST_BODY {
            return Err(Cut);
        }
    }
    let received = Received {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(ToOwned::to_owned),
        headers: head.headers,
        body: bytes.freeze(),
    };
    let answer = shared.answer(received, &wire).await.ok_or(Cut)?;
    Ok(answer.into())
}

/// The connection ends here, without an answer from hyper.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was cut")
    }
}

impl std::error::Error for Cut {}

/// A body that is complete.
struct Whole(Option<Bytes>);

impl From<Answer> for Response<Whole> {
    fn from(answer: Answer) -> Self {
        let mut response = Response::new(Whole(Some(answer.body)));
        *response.status_mut() = answer.status;
        *response.headers_mut() = *answer.headers;
        response
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
