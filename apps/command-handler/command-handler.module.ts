import { Module, type DynamicModule } from '@nestjs/common';
import { AccountService } from './account/account-service.js';
import { ChatService } from './chat/chat-service.js';
import { CommandsController } from './commands.controller.js';
import { RefusedCommands } from './refused-commands.js';

@Module({})
export class CommandHandlerModule {
  static with(chats: ChatService, accounts: AccountService, refused: RefusedCommands): DynamicModule {
    return {
      module: CommandHandlerModule,
      controllers: [CommandsController],
      providers: [
        { provide: ChatService, useValue: chats },
        { provide: AccountService, useValue: accounts },
        { provide: RefusedCommands, useValue: refused },
      ],
    };
  }
}
