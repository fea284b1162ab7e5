// What runs in the threads that read documents.
import { answerDocuments } from '@ringformer/serve/thread';

answerDocuments();
