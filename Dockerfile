# The image of leaving-offline: two.
# In short: for a test.
# Written by `imgtui eject two`; it is yours to change.

ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim
FROM ${BASE_IMAGE} AS builder
WORKDIR /app
COPY . .
ARG BIN=leaving-offline
RUN mkdir -p /out/empty \
    && echo "${BIN}" --package leaving-offline > /out/bin \
    && cp src/main.rs /out/ && chmod 640 /out/main.rs \
    && ln -s main.rs /out/link

FROM ${BASE_IMAGE}
EXPOSE 7000
ENTRYPOINT ["/out/bin"]
COPY --from=builder /out /out
RUN chmod 600 /out/main.rs && rm /out/bin && echo "7000" > /out/port
USER 65532:65532
