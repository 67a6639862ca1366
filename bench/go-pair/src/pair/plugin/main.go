// The plugin half of the pair: acknowledges and counts.
package main

import (
	"context"
	"io"

	plugin "github.com/hashicorp/go-plugin"
	"pair/wire"
)

type server struct{}

func (server) Handle(context.Context, *wire.Message) (*wire.Ack, error) {
	return &wire.Ack{Ok: true}, nil
}

func (server) Push(stream wire.Bench_PushServer) error {
	var count uint64
	for {
		_, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&wire.Count{Messages: count})
		}
		if err != nil {
			return err
		}
		count++
	}
}

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake,
		Plugins:         map[string]plugin.Plugin{"bench": &wire.BenchPlugin{Service: server{}}},
		GRPCServer:      plugin.DefaultGRPCServer,
	})
}
