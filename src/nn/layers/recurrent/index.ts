import { registries } from '../../registry.ts';
import type { WrapperOptions } from '../core/wrapper.ts';
import { Bidirectional, type BidirectionalOptions } from './bidirectional.ts';
import {
  ConvLSTM,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM3D,
  ConvLSTMCell,
  type ConvLSTMCellOptions,
  type ConvLSTMOptions,
} from './conv-lstm.ts';
import { GRU, GRUCell, type GRUCellOptions, type GRUOptions } from './gru.ts';
import { LSTM, LSTMCell, type LSTMCellOptions, type LSTMOptions } from './lstm.ts';
import { RNN, type RNNOptions } from './rnn.ts';
import {
  SimpleRNN,
  SimpleRNNCell,
  type SimpleRNNCellOptions,
  type SimpleRNNOptions,
} from './simple-rnn.ts';
import { StackedRNNCells, type StackedRNNCellsOptions } from './stacked.ts';
import { TimeDistributed } from './time-distributed.ts';

registries.layers.register({
  RNN,
  SimpleRNN,
  SimpleRNNCell,
  LSTM,
  LSTMCell,
  GRU,
  GRUCell,
  StackedRNNCells,
  Bidirectional,
  TimeDistributed,
  ConvLSTM,
  ConvLSTM1D,
  ConvLSTM2D,
  ConvLSTM3D,
  ConvLSTMCell,
});

export const recurrentLayers = {
  rnn: (options: RNNOptions) => new RNN(options),
  simpleRnn: (options: SimpleRNNOptions) => new SimpleRNN(options),
  simpleRnnCell: (options: SimpleRNNCellOptions) => new SimpleRNNCell(options),
  lstm: (options: LSTMOptions) => new LSTM(options),
  lstmCell: (options: LSTMCellOptions) => new LSTMCell(options),
  gru: (options: GRUOptions) => new GRU(options),
  gruCell: (options: GRUCellOptions) => new GRUCell(options),
  stackedRnnCells: (options: StackedRNNCellsOptions) => new StackedRNNCells(options),
  bidirectional: (options: BidirectionalOptions) => new Bidirectional(options),
  timeDistributed: (options: WrapperOptions) => new TimeDistributed(options),
  convLstm1d: (options: ConvLSTMOptions) => new ConvLSTM1D(options),
  convLstm2d: (options: ConvLSTMOptions) => new ConvLSTM2D(options),
  convLstm3d: (options: ConvLSTMOptions) => new ConvLSTM3D(options),
  convLstmCell: (options: ConvLSTMCellOptions) => new ConvLSTMCell(options),
};
