# The page is committed in ui/dist, so Go alone builds the whole product.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=${VERSION}" -o /out/flowwatch ./cmd/flowwatch \
 && mkdir /out/data

FROM scratch
COPY --from=build /out/flowwatch /flowwatch
# The folder carries its owner into a fresh volume, so that the server can write there without being root.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# A container has a network of its own: nobody reaches the port until it is published.
ENV FLOWWATCH_DATA=/data FLOWWATCH_LISTEN=0.0.0.0:8080 FLOWWATCH_INSECURE_LAN=true
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/flowwatch", "healthcheck"]
ENTRYPOINT ["/flowwatch"]
CMD ["serve"]
