ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS planner
WORKDIR /plan
COPY Cargo.toml .
RUN printf '\033[32mgreen\033[0m\n'; echo planning >&2; for n in 1 2 3; do echo line $n; done

FROM ${BASE_IMAGE} AS unused
RUN echo never

FROM planner AS builder
ENV LEVEL="3 4"
COPY --from=planner /plan /planned
COPY src ./src
RUN echo building && \
    sleep 0.2; cp src/main.rs /server

FROM ${BASE_IMAGE}
ARG PORT=8080
WORKDIR /srv
COPY --from=builder /server /server
EXPOSE ${PORT}
CMD ["/server"]
