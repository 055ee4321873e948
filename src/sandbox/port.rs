//! The listener, and connections that can be cut: a request cannot lose its answer any other way.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A TCP port whose connections can be cut.
pub(super) struct Port(pub(super) TcpListener);

impl Listener for Port {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers at once; a connection on which this fails works all the same.
        let _ = stream.set_nodelay(true);
        (Wire { stream, scissors: Scissors::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
pub(super) struct Wire {
    stream: TcpStream,
    scissors: Scissors,
}

/// Cuts the connection on which a request came in.
#[derive(Clone, Default)]
pub(super) struct Scissors(Arc<OnceLock<Cut>>);

/// How a connection ends that gives no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Closed, as by a process that ends.
    Close,
    /// Reset, as by a machine that no longer knows it.
    Reset,
}

impl Scissors {
    /// From the next read or write on the connection is cut; the first cut counts.
    pub(super) fn cut(&self, how: Cut) {
        let _ = self.0.set(how);
    }
}

impl Connected<IncomingStream<'_, Port>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Port>) -> Self {
        stream.io().scissors.clone()
    }
}

impl Wire {
    /// The request's task and the connection's are one, so nobody has to be woken: the answer's write finds the cut.
    fn check(&self) -> io::Result<()> {
        match self.scissors.0.get() {
            None => return Ok(()),
            Some(Cut::Reset) => self.stream.set_zero_linger()?,
            Some(Cut::Close) => {}
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
