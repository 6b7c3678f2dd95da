FROM localhost/imgtui-equivalent/debian-slim:dev AS planner
ARG X=1
WORKDIR /app
COPY a.txt .
RUN echo planning; for i in 1 2 3; do echo line $i; done; printf '\033[32mgreen\033[0m\n' >&2

FROM localhost/imgtui-equivalent/debian-slim:dev AS unused
RUN echo never

FROM localhost/imgtui-equivalent/debian-slim:dev AS builder
WORKDIR /app
COPY --from=planner /app/a.txt recipe
RUN cat recipe && \
    echo two && sleep 1
COPY . .
RUN echo built > out

FROM scratch
COPY --from=builder /app/out /out
USER 65532
EXPOSE 7000
ENTRYPOINT ["/out"]
