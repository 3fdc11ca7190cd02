import { registries } from '../../registry.ts';
import { Bidirectional } from './bidirectional.ts';
import { ConvLSTM, ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, ConvLSTMCell } from './conv-lstm.ts';
import { GRU, GRUCell } from './gru.ts';
import { LSTM, LSTMCell } from './lstm.ts';
import { RNN } from './rnn.ts';
import { SimpleRNN, SimpleRNNCell } from './simple-rnn.ts';
import { StackedRNNCells } from './stacked.ts';
import { TimeDistributed } from './time-distributed.ts';

export const recurrentLayers = {
  rnn: RNN,
  simpleRnn: SimpleRNN,
  simpleRnnCell: SimpleRNNCell,
  lstm: LSTM,
  lstmCell: LSTMCell,
  gru: GRU,
  gruCell: GRUCell,
  stackedRnnCells: StackedRNNCells,
  bidirectional: Bidirectional,
  timeDistributed: TimeDistributed,
  convLstm1d: ConvLSTM1D,
  convLstm2d: ConvLSTM2D,
  convLstm3d: ConvLSTM3D,
  convLstmCell: ConvLSTMCell,
};

registries.layers.register({
  ...recurrentLayers,
  ConvLSTM,
});
