# syntax=docker/dockerfile:1
# The gateway in a small image: docker build -t sncgate .

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin sncgate && install -D target/dist/sncgate /out/sncgate

FROM debian:bookworm-slim
# The instances' certificates are checked against the system's roots.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/sncgate --create-home sncgate
COPY --from=build /out/sncgate /usr/local/bin/sncgate
USER 10001
WORKDIR /var/lib/sncgate
# The server binds loopback only until callers can be told apart, so the container shares the host's network:
# docker run --network host -v ./sncgate.toml:/var/lib/sncgate/sncgate.toml:ro sncgate
ENTRYPOINT ["sncgate"]
CMD ["serve", "--config", "sncgate.toml"]
